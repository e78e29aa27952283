import { Redis } from 'ioredis';
import { loadSystem } from '../systems/load-system.js';
import type { ProducerOptions, SystemName } from '../systems/system.js';
import { TASK, type Task } from '../task.js';

/** How many a system is handed at once, and how many Redis adds while others wait. */
const CHUNK = 1_000;
const CHUNK_IN_REDIS = 20_000;

/** Where tasks are added. */
export interface Filling extends ProducerOptions {
  readonly system: SystemName;
  readonly url: string;
  readonly queues: readonly string[];
}

/** Adds tasks that are all due at one time, with the system's own producer. */
export async function fillAt(
  { system, url, queue }: { readonly system: SystemName; readonly url: string; readonly queue: string },
  tasks: number,
  dueAt: number,
): Promise<void> {
  const producer = await (await loadSystem(system)).producer(url, queue);
  for (let left = tasks; left > 0; left -= CHUNK) {
    await producer.addBulkAt!(
      Array.from({ length: Math.min(CHUNK, left) }, () => TASK),
      dueAt,
    );
  }
  await producer.close();
}

/** Adds tasks, unmeasured, evenly over the queues. */
export async function fill({ system, url, queues, keepsResults }: Filling, tasks: number): Promise<void> {
  for (const [n, queue] of queues.entries()) {
    const count = Math.floor(tasks / queues.length) + (n < tasks % queues.length ? 1 : 0);
    // Bare ioredis and this library make the same entry of a task of strings: Redis adds millions in a tenth of the time.
    if (system === 'bare' || system === 'ours') await addInRedis(url, queue, TASK, count);
    else await addWith({ system, url, queue, keepsResults }, TASK, count);
  }
}

/** Adds a task so many times, with the system's own producer. */
export async function addWith(
  { system, url, queue, keepsResults }: Omit<Filling, 'queues'> & { readonly queue: string },
  task: object,
  count: number,
): Promise<void> {
  const producer = await (await loadSystem(system)).producer(url, queue, { keepsResults });
  for (let left = count; left > 0; left -= CHUNK) {
    await producer.addBulk!(Array.from({ length: Math.min(CHUNK, left) }, () => task as Task));
  }
  await producer.close();
}

/** Adds an entry so many times, one flat field per key, values as text. */
export async function addInRedis(url: string, queue: string, task: object, count: number): Promise<void> {
  const fields = Object.entries(task).flatMap(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const redis = new Redis(url);
  const script = `for _ = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2)) end`;
  try {
    for (let left = count; left > 0; left -= CHUNK_IN_REDIS) {
      await redis.eval(script, 1, queue, Math.min(CHUNK_IN_REDIS, left), ...fields);
    }
  } finally {
    redis.disconnect();
  }
}
