import { compareEntryIds, entryTimeMs } from '../wire/entry-id.js';
import type { AnyStream, KnownStream, PayloadOf } from '../model/payloads.js';
import type { StreamNames } from '../options/stream-names.js';
import type { GroupInfo, Queries } from '../model/ports/queries.js';
import { failureKindOf } from '../model/ports/redis-failure.js';
import { rethrowNaming } from '../model/errors/rethrow-naming.js';
import { type BacklogOptions, type GroupBacklog, backlogOf, waitingIn } from './backlog.js';
import { asDeadLetter, type DeadLetter } from './dead-letter.js';
import { entriesInPages, type HistoryOptions } from './entry-pages.js';
import { asHistoryEntry, type HistoryEntry } from './history-entry.js';
import { type RatesOptions, ratesOf, type StreamRates } from './stream-rates.js';
import type { GroupStats, StreamStats } from './stream-stats.js';

/**
 * Answers questions about streams. Asks Redis each time, over a connection of its own that is opened with the first question,
 * and keeps nothing. Each question waits for its answer no longer than `addTimeoutMs`; a page of a walk is one, `stats` asks
 * twice, the second time about the groups.
 */
export class StreamMonitor {
  /** @internal Nest makes it. */
  constructor(
    private readonly queries: Queries,
    private readonly names: StreamNames,
  ) {}

  /**
   * The names of all streams under the option `prefix`, in alphabetical order: those of others than this library, too, and not those that
   * only have delayed tasks yet. Redis has no list of them: it looks at every key that there is, a thousand at a time, which takes it
   * about half a second for each million keys, and holds nobody up. For now and then, not for every second.
   * @throws RedisUnavailableError when Redis does not answer in time
   */
  async streams(): Promise<string[]> {
    const names = await this.queries.streams().catch(rethrowNaming('streams()'));
    return names.toSorted();
  }

  /**
   * How many tasks come in and are done with, measured over a while: it looks twice, and counts what came between. Meant for a stretch in which no
   * more than 20,000 are added.
   * @throws RedisUnavailableError when Redis does not answer in time
   */
  async rates<S extends AnyStream>(stream: KnownStream<S>, options: RatesOptions = {}): Promise<StreamRates> {
    this.names.use(stream);
    return ratesOf(this.queries, stream, options).catch(rethrowNaming(`rates('${stream}')`));
  }

  /**
   * The state of a stream and its groups now. A stream that does not exist has no entries and no groups.
   * @throws RedisUnavailableError when Redis does not answer in time, RedisStreamsConfigError for a key that is no stream
   */
  async stats<S extends AnyStream>(stream: KnownStream<S>): Promise<StreamStats> {
    this.names.use(stream);
    return this.statsOf(stream).catch(rethrowNaming(`stats('${stream}')`));
  }

  /**
   * How much work a group has at this moment, as one number to scale workers by: what waits, runs, and is due to run again. What is planned
   * for later does not count. See docs/autoscaling.md.
   * @throws RedisUnavailableError when Redis does not answer in time: what is not known is not 0
   * @example
   * const { value } = await monitor.backlog('ai:inference:queue', { group: 'workers' });
   */
  async backlog<S extends AnyStream>(stream: KnownStream<S>, options: BacklogOptions = {}): Promise<GroupBacklog> {
    this.names.use(stream);
    return backlogOf(this.queries, stream, options).catch(rethrowNaming(`backlog('${stream}')`));
  }

  /**
   * Walks through the entries that the stream still keeps, oldest first, in pages, so that a long history needs little
   * memory. Reading changes nothing. An entry that cannot be decoded comes with its `error` instead of ending the walk.
   *
   * @example
   * for await (const { id, payload } of monitor.history('ai:inference:queue', { from: yesterday, limit: 1000 })) { ... }
   */
  async *history<S extends AnyStream>(
    stream: KnownStream<S>,
    options: HistoryOptions = {},
  ): AsyncGenerator<HistoryEntry<PayloadOf<S>>> {
    this.names.use(stream);
    const call = `history('${stream}')`;
    const entries = entriesInPages(call, options, (...range) =>
      this.queries.range(stream, ...range).catch(rethrowNaming(call)),
    );
    for await (const entry of entries) yield asHistoryEntry(entry);
  }

  /**
   * Walks through the tasks that were given up, by any group, the oldest letter first, in pages as `history` does; `from` and `to`
   * are times of death, or ids of letters. Reading changes nothing, and letters stay until someone deletes them.
   *
   * @deprecated Use `DeadLetters.list`, which takes filters, too.
   * @example
   * for await (const { reason, errorText, entry } of monitor.deadLetters('ai:inference:queue')) { ... }
   */
  async *deadLetters<S extends AnyStream>(
    stream: KnownStream<S>,
    options: HistoryOptions = {},
  ): AsyncGenerator<DeadLetter<PayloadOf<S>>> {
    this.names.use(stream);
    const call = `deadLetters('${stream}')`;
    const letters = entriesInPages(call, options, (...range) =>
      this.queries.deadLetterRange(stream, ...range).catch(rethrowNaming(call)),
    );
    for await (const letter of letters) yield asDeadLetter(letter);
  }

  private async statsOf(stream: string): Promise<StreamStats> {
    const [info, groupInfos, deadLetters, { count: delayed, nextDueAt }] = await Promise.all([
      this.queries.stream(stream),
      this.queries.groups(stream),
      this.queries.deadLetters(stream),
      this.queries.delayed(stream),
    ]);
    const asked = groupInfos.map((group) => this.groupStats(stream, group).catch(noneOfGone));
    const groups = (await Promise.all(asked)).filter((group) => group !== undefined);
    return {
      stream,
      entries: info?.length ?? 0,
      lastEntryId: info && info.lastGeneratedId !== '0-0' ? info.lastGeneratedId : undefined,
      delayed,
      nextDueAt: nextDueAt === undefined ? undefined : new Date(nextDueAt),
      deadLetters,
      heldBy: holderOf(groups),
      groups,
    };
  }

  private async groupStats(stream: string, group: GroupInfo): Promise<GroupStats> {
    const [pending, consumers, next, backlog, paused] = await Promise.all([
      this.queries.pending(stream, group.name),
      this.queries.consumers(stream, group.name),
      this.queries.firstAfter(stream, group.lastDeliveredId),
      waitingIn(this.queries, stream, group),
      this.queries.pause(stream, group.name),
    ]);
    return {
      group: group.name,
      paused,
      backlog,
      pending: group.pending,
      retryScheduled: pending.retryScheduled,
      parked: pending.retryScheduled,
      oldestUnfinishedId: pending.oldestId ?? next,
      oldestPendingAgeMs:
        pending.oldestId === undefined ? undefined : Math.max(0, Date.now() - entryTimeMs(pending.oldestId)),
      consumers: consumers.map(({ name, ...rest }) => ({ consumer: name, ...rest })),
    };
  }
}

/** A group may be removed between two questions. */
function noneOfGone(error: Error): undefined {
  if (failureKindOf(error) !== 'group-missing') throw error;
}

function holderOf(groups: readonly GroupStats[]): StreamStats['heldBy'] {
  let holder: StreamStats['heldBy'];
  for (const { group, oldestUnfinishedId: id } of groups) {
    if (id === undefined || (holder && compareEntryIds(holder.sinceEntryId, id) <= 0)) continue;
    holder = { group, sinceEntryId: id, ageMs: Math.max(0, Date.now() - entryTimeMs(id)) };
  }
  return holder;
}
