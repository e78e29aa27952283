import type { Redis } from 'ioredis';
import { allEntries, isDrained, valueOf } from '../../final-state.js';

/** An entry that is in a stream at the end: none is ever trimmed. */
export interface LeftEntry {
  readonly id: string;
  /** When it entered, by Redis's clock. */
  readonly enteredAt: number;
  /** Which forward of which task it is, where it is one. */
  readonly from: string | undefined;
}

/** By the name of the task. */
export type Left = ReadonlyMap<string, readonly LeftEntry[]>;

export async function readLeft(redis: Redis, stream: string): Promise<Left> {
  const left = new Map<string, LeftEntry[]>();
  for (const [id, fields] of await allEntries(redis, stream)) {
    const name = valueOf(fields, 'name')!;
    const entry = { id, enteredAt: Number.parseInt(id, 10), from: valueOf(fields, '~.from') };
    left.set(name, [...(left.get(name) ?? []), entry]);
  }
  return left;
}

/** Whether nothing is left to do, now or later. */
export async function isAllDone(redis: Redis, stream: string): Promise<boolean> {
  const beside = stream.includes('{') ? stream : `{${stream}}`;
  return (await isDrained(redis, stream)) && (await redis.zcard(`${beside}:delayed`)) === 0;
}
