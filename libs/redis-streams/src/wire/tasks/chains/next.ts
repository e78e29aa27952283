import type { Next } from '../../../model/ports/tasks/task-store.js';

/** How long it is known, in milliseconds: 7 days, or until the task is trimmed from its stream's history. */
export const NEXT_TTL_MS = 7 * 24 * 3_600_000;

/**
 * Reads what the sorted set `{stream}:<group>:next` has of a task, behind its id and a space: a JSON array of when it was acked, then
 * stream and entry id of each forward in turn. undefined for what this library has not written.
 */
export function readNext(json: string): Next | undefined {
  try {
    const [endedAt, ...names] = JSON.parse(json) as [number, ...string[]];
    const tasks: { stream: string; id: string }[] = [];
    for (let i = 0; i < names.length; i += 2) tasks.push({ stream: names[i]!, id: names[i + 1]! });
    return { endedAt, tasks };
  } catch {
    return undefined;
  }
}
