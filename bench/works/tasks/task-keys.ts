import type { Bench } from '../../measurement.js';
import { loadSystem } from '../../systems/load-system.js';
import { TASK } from '../../task.js';

/** Where this library keeps what it knows of a task, in the group `workers`. See docs/headers.md. */
export const TASK_KEYS = {
  output: (queue: string, id: string) => `{${queue}}:workers:out:${id}`,
  ears: (queue: string, id: string) => `{${queue}}:workers:ears:${id}`,
};

/** Adds tasks with this library. */
export async function addedIds({ url }: Bench, queue: string, tasks: number): Promise<string[]> {
  const producer = await (await loadSystem('ours')).producer(url, queue);
  const ids = await producer.addBulk!(Array.from({ length: tasks }, () => TASK));
  await producer.close();
  return ids as string[];
}
