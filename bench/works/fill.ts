import { loadSystem, type SystemName } from '../systems/system.js';
import { TASK } from '../task.js';

const CHUNK = 1_000;

/** Adds tasks with the system's own producer, unmeasured, evenly over the queues. */
export async function fill(system: SystemName, url: string, queues: readonly string[], tasks: number): Promise<void> {
  const loaded = await loadSystem(system);
  for (const [n, queue] of queues.entries()) {
    const producer = await loaded.producer(url, queue);
    let left = Math.floor(tasks / queues.length) + (n < tasks % queues.length ? 1 : 0);
    while (left > 0) {
      const size = Math.min(CHUNK, left);
      await producer.addBulk!(Array.from({ length: size }, () => TASK));
      left -= size;
    }
    await producer.close();
  }
}
