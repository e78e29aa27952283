import type { TaskDeath, TaskLife } from '../../model/tasks/task-life.js';

/**
 * A task's life after its first as it is stored, always as JSON: of one that is pending, in the hash `{stream}:<group>:lives`; of one that has died
 * again, in the letter's `~dead-life`; of a copy, in its entry's `RESERVED_HEADERS.life`. Scripts write it: see `redis/revival/life`.
 *
 * undefined for what this library has not written.
 */
export function readLife(text: string | undefined): TaskLife | undefined {
  if (!text) return undefined;
  try {
    const { redrives = 0, isReplay = false, deliveries = 0, history = [], ...life } = JSON.parse(text) as StoredLife;
    if (typeof life.at !== 'number' || !Array.isArray(history)) return undefined;
    return { ...life, redrives, isReplay, earlierDeliveries: deliveries, history };
  } catch {
    return undefined;
  }
}

interface StoredLife extends Omit<TaskLife, 'redrives' | 'isReplay' | 'earlierDeliveries' | 'history'> {
  readonly redrives?: number;
  readonly isReplay?: boolean;
  readonly deliveries?: number;
  readonly history?: readonly TaskDeath[];
}
