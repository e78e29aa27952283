import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupLook, Queries, StreamLook } from '../model/ports/queries.js';
import { integer } from '../options/checks/kinds.js';
import { assertKnownKeys, plainObject } from '../options/checks/option-checks.js';
import { readOptions, type TableOf } from '../options/checks/option.js';

/** Options of `rates`. */
export interface RatesOptions {
  /** How long to measure, in milliseconds. Default 1,000; 100 to 60,000. */
  overMs?: number;
  /** Ends it early: it rejects with the signal's reason. Default none. */
  signal?: AbortSignal;
}

/** How fast a stream is added to, and its groups are. */
export interface StreamRates {
  readonly stream: string;
  /** Tasks that entered, a second; undefined where more did than are counted. */
  readonly inPerSecond: number | undefined;
  readonly groups: readonly GroupRates[];
}

export interface GroupRates {
  readonly group: string;
  /** Tasks that ended, well or not, a second; undefined where that is not known: a group that is new, or more than are counted. */
  readonly outPerSecond: number | undefined;
}

const OPTIONS = { overMs: integer({ byDefault: 1_000, min: 100, max: 60_000 }) } satisfies TableOf<
  Omit<RatesOptions, 'signal'>
>;

type Asked = Pick<Queries, 'look' | 'between'>;

export async function ratesOf(queries: Asked, stream: string, options: RatesOptions): Promise<StreamRates> {
  const { signal, ...rest } = plainObject(options, 'rates: the options');
  assertKnownKeys(rest, Object.keys(OPTIONS), 'the options of rates');
  const { overMs } = readOptions(OPTIONS, rest, 'rates: ');
  const before = await queries.look(stream, false);
  await sleep(overMs, undefined, { signal: signal as AbortSignal | undefined });
  const after = await queries.look(stream, false);
  const seconds = (after.serverNow - before.serverNow) / 1_000;
  const added = await queries.between(stream, lastIdOf(before), lastIdOf(after));
  const groups = after.groups.map(async (now): Promise<GroupRates> => {
    const then = before.groups.find(({ name }) => name === now.name);
    const ended = then && (await endedBetween(queries, stream, then, now));
    return { group: now.name, outPerSecond: ended === undefined ? undefined : ended / seconds };
  });
  return {
    stream,
    inPerSecond: added.isExact ? added.count / seconds : undefined,
    groups: await Promise.all(groups),
  };
}

function lastIdOf({ lastGeneratedId }: StreamLook): string {
  return lastGeneratedId ?? '0-0';
}

/** What was delivered meanwhile, and is not pending: also where the backlog is too long to count. */
async function endedBetween(
  queries: Asked,
  stream: string,
  then: GroupLook,
  now: GroupLook,
): Promise<number | undefined> {
  const { count, isExact } = await queries.between(stream, then.lastDeliveredId, now.lastDeliveredId);
  // Fewer than none where some came back: redriven, or of a group that was moved.
  return isExact ? Math.max(0, count + then.pending - now.pending) : undefined;
}
