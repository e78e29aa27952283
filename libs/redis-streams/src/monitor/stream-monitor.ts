import { decodeEntry } from '../model/codec.js';
import { compareEntryIds, entryTimeMs, isEntryId } from '../model/entry-id.js';
import { RedisStreamsConfigError } from '../model/errors.js';
import { integer } from '../model/option-checks.js';
import type { AnyStream, KnownStream, PayloadOf } from '../model/payloads.js';
import { assertStreamName } from '../model/stream-name.js';
import { NO_HEADERS, type RawEntry } from '../model/entry.js';
import { describeRedisError, isReplyError } from '../redis/redis-errors.js';
import type { GroupInfo, StreamQueries } from '../redis/stream-queries.js';
import type { GroupStats, StreamStats } from './stream-stats.js';

export interface HistoryOptions {
  /** The first entry, by id or time, inclusive. Default: the oldest kept. */
  from?: string | Date;
  /** The last entry, by id or time, inclusive. Default: the newest at each page. */
  to?: string | Date;
  /** How many entries at most. Default all. */
  limit?: number;
}

/** An entry that the stream keeps. Where `error` says why it cannot be decoded, it has no payload and no headers. */
export type HistoryEntry<T> =
  | {
      readonly id: string;
      readonly addedAt: Date;
      readonly payload: T;
      readonly headers: Readonly<Record<string, string>>;
      readonly error?: undefined;
    }
  | {
      readonly id: string;
      readonly addedAt: Date;
      readonly payload?: undefined;
      readonly headers: Readonly<Record<string, string>>;
      readonly error: Error;
    };

const PAGE = 100;

/** Answers questions about streams. Asks Redis each time, over the connection for adds, and keeps nothing. */
export class StreamMonitor {
  constructor(private readonly queries: StreamQueries) {}

  /**
   * The state of a stream and its groups now. A stream that does not exist has no entries and no groups.
   * @throws RedisUnavailableError when Redis does not answer within `addTimeoutMs`, RedisStreamsConfigError for a key that is no
   *   stream
   */
  async stats<S extends AnyStream>(stream: KnownStream<S>): Promise<StreamStats> {
    assertStreamName(stream);
    const [info, groups, deadLetters] = await Promise.all([
      this.queries.stream(stream),
      this.queries.groups(stream),
      this.queries.deadLetters(stream),
    ]).catch(rethrowNaming(`stats('${stream}')`));
    const groupStats = await Promise.all(groups.map((group) => this.groupStats(stream, group)));
    return {
      stream,
      entries: info?.length ?? 0,
      lastEntryId: info && info.lastGeneratedId !== '0-0' ? info.lastGeneratedId : undefined,
      deadLetters,
      heldBy: holderOf(groupStats),
      groups: groupStats,
    };
  }

  /**
   * Walks through the entries that the stream still keeps, oldest first, in pages, so that a long history needs little
   * memory. Reading changes nothing. An entry that cannot be decoded comes with its `error` instead of ending the walk.
   *
   * @example
   * for await (const { id, payload } of monitor.history('ai:inference:queue', { from: yesterday, limit: 1000 })) { ... }
   */
  async *history<S extends AnyStream>(
    stream: KnownStream<S> | `${string}:dead`,
    options: HistoryOptions = {},
  ): AsyncGenerator<HistoryEntry<PayloadOf<S>>> {
    assertStreamName(stream);
    const limit = integer(options.limit, Number.MAX_SAFE_INTEGER, 'history: limit', 0);
    const to = options.to === undefined ? '+' : asBound(options.to, 'to');
    let from = options.from === undefined ? '-' : asBound(options.from, 'from');
    let last: string | undefined;
    let left = limit;
    while (left > 0) {
      // Exclusive ranges are newer than 6.0: each page but the first begins with an entry that was already given.
      const page = await this.queries
        .range(stream, from, to, Math.min(PAGE, left) + 1)
        .catch(rethrowNaming(`history('${stream}')`));
      const fresh = page.filter(({ id }) => id !== last).slice(0, left);
      if (fresh.length === 0) return;
      for (const entry of fresh) yield asHistoryEntry(entry);
      left -= fresh.length;
      from = last = fresh.at(-1)!.id;
    }
  }

  private async groupStats(stream: string, group: GroupInfo): Promise<GroupStats> {
    const [pending, consumers, next, backlog] = await Promise.all([
      this.queries.pending(stream, group.name),
      this.queries.consumers(stream, group.name),
      this.queries.firstAfter(stream, group.lastDeliveredId),
      this.backlog(stream, group),
    ]);
    return {
      group: group.name,
      backlog,
      pending: group.pending,
      parked: pending.parked,
      oldestUnfinishedId: pending.oldestId ?? next,
      oldestPendingAgeMs:
        pending.oldestId === undefined ? undefined : Math.max(0, Date.now() - entryTimeMs(pending.oldestId)),
      consumers: consumers.map(({ name, ...rest }) => ({ consumer: name, ...rest })),
    };
  }

  /** Counted here first: the server's own count (7.0 and later) is wrong after a failover, as replicas do not follow it. */
  private async backlog(stream: string, group: GroupInfo): Promise<GroupStats['backlog']> {
    const counted = await this.queries.backlog(stream, group.lastDeliveredId);
    return counted.isExact || group.lag === undefined ? counted : { count: group.lag, isExact: true };
  }
}

/** Redis's own words name no key. */
function rethrowNaming(call: string): (error: Error) => never {
  return (error) => {
    if (!isReplyError(error)) throw error;
    const message = `${call}: Redis refused: ${describeRedisError(error)}.`;
    if (!error.message.includes('WRONGTYPE')) throw new Error(message, { cause: error });
    throw new RedisStreamsConfigError(
      `${message} The key of that name, or its dead letter, is no stream: ask for another name, or rename the key.`,
      { cause: error },
    );
  };
}

function holderOf(groups: readonly GroupStats[]): StreamStats['heldBy'] {
  let holder: StreamStats['heldBy'];
  for (const { group, oldestUnfinishedId: id } of groups) {
    if (id === undefined || (holder && compareEntryIds(holder.sinceEntryId, id) <= 0)) continue;
    holder = { group, sinceEntryId: id, ageMs: Math.max(0, Date.now() - entryTimeMs(id)) };
  }
  return holder;
}

function asBound(bound: string | Date, name: string): string {
  // Redis takes an id without its sequence as the first, or for an end the last, of that millisecond.
  if (bound instanceof Date && !Number.isNaN(bound.getTime())) return String(Math.max(0, bound.getTime()));
  if (typeof bound === 'string' && isEntryId(bound)) return bound;
  throw new RedisStreamsConfigError(
    `history: ${name} must be a Date or an entry id such as '1699980000000-0', got ${JSON.stringify(bound)}.`,
  );
}

function asHistoryEntry<T>({ id, fields }: RawEntry): HistoryEntry<T> {
  const addedAt = new Date(entryTimeMs(id));
  try {
    const { payload, headers } = decodeEntry(fields);
    return { id, addedAt, payload: payload as T, headers };
  } catch (error) {
    return { id, addedAt, payload: undefined, headers: NO_HEADERS, error: error as Error };
  }
}
