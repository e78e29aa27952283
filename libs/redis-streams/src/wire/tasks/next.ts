/**
 * What a task has forwarded: a member of the sorted set `{stream}:<group>:next`, the task's id, a space, and a JSON array: when it was
 * acked (epoch milliseconds, by Redis's clock), then stream and entry id of each forward in turn.
 */
export interface Next {
  readonly endedAt: number;
  readonly tasks: readonly { readonly stream: string; readonly id: string }[];
}

/** How long it is known, in milliseconds: 7 days, or until the task is trimmed from its stream's history. */
export const NEXT_TTL_MS = 7 * 24 * 3_600_000;

/** undefined for what this library has not written. */
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
