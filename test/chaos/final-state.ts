import type { Redis } from 'ioredis';
import { GROUP } from './streams.js';

export interface DeadLetter {
  readonly entryId: string;
  readonly reason: string;
  readonly deliveries: number;
  /** When it was written, by the server's clock. */
  readonly at: number;
}

/** What Redis holds at the end of a run. */
export interface FinalState {
  /** All entries of the stream, with the number of their task where it can be read. */
  readonly entries: ReadonlyMap<string, number | undefined>;
  readonly pending: ReadonlyMap<string, string>;
  readonly waiting: ReadonlySet<string>;
  readonly deadLetters: readonly DeadLetter[];
}

const PAGE = 1_000;

/** Whether the group has nothing left to do. */
export async function isDrained(redis: Redis, stream: string): Promise<boolean> {
  const [pending] = (await redis.xpending(stream, GROUP)) as [number];
  const lastDelivered = await lastDeliveredId(redis, stream);
  const [last] = await redis.xrevrange(stream, '+', '-', 'COUNT', 1);
  // A cancelled task is deleted: the last one may be before what was delivered.
  return pending === 0 && (last === undefined || !isBefore(lastDelivered, last[0]));
}

export async function readFinalState(redis: Redis, stream: string): Promise<FinalState> {
  const raw = await allEntries(redis, stream);
  const entries = new Map(raw.map(([id, fields]) => [id, taskNumber(fields)]));
  const rows = (await redis.xpending(stream, GROUP, '-', '+', 100_000)) as [string, string, number, number][];
  const pending = new Map(
    rows.map(([id, owner, idleMs, count]) => [id, `pending for ${owner}, idle ${idleMs} ms, count ${count}`]),
  );
  const lastDelivered = await lastDeliveredId(redis, stream);
  const waiting = new Set([...entries.keys()].filter((id) => isBefore(lastDelivered, id)));
  const deadLetters = (await allEntries(redis, stream.includes('{') ? `${stream}:dead` : `{${stream}}:dead`)).map(
    ([id, fields]) => ({
      entryId: valueOf(fields, '~dead-id') ?? '',
      reason: valueOf(fields, '~dead-reason') ?? 'none',
      deliveries: Number(valueOf(fields, '~dead-deliveries')),
      at: Number.parseInt(id, 10),
    }),
  );
  return { entries, pending, waiting, deadLetters };
}

async function lastDeliveredId(redis: Redis, stream: string): Promise<string> {
  const groups = (await redis.xinfo('GROUPS', stream)) as unknown[][];
  for (const flat of groups) {
    const group = new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]));
    if (group.get('name') === GROUP) return String(group.get('last-delivered-id'));
  }
  throw new Error(`The group '${GROUP}' is gone.`);
}

export async function allEntries(redis: Redis, stream: string): Promise<[id: string, fields: string[]][]> {
  const all: [string, string[]][] = [];
  for (let from = '-'; ;) {
    const page = await redis.xrange(stream, from, '+', 'COUNT', PAGE);
    // Ranges that leave out their first id are newer than 6.0.
    all.push(...(from === '-' ? page : page.slice(1)));
    if (page.length < PAGE) return all;
    from = page.at(-1)![0];
  }
}

function isBefore(one: string, other: string): boolean {
  const [ms, n] = one.split('-').map(Number) as [number, number];
  const [otherMs, otherN] = other.split('-').map(Number) as [number, number];
  return ms < otherMs || (ms === otherMs && n < otherN);
}

function taskNumber(fields: readonly string[]): number | undefined {
  const text = valueOf(fields, 'n');
  return text === undefined ? undefined : Number(text);
}

export function valueOf(fields: readonly string[], name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1];
  return undefined;
}
