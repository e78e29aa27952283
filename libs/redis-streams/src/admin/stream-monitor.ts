import type { AnyStream, KnownStream, PayloadOf } from '../model/payloads.js';
import type { StreamNames } from '../options/stream-names.js';
import type { Log } from '../model/log.js';
import type { Queries } from '../model/ports/queries.js';
import { rethrowNaming } from '../model/errors/rethrow-naming.js';
import { type BacklogOptions, type GroupBacklog, backlogOf } from './backlog.js';
import { asDeadLetter, type DeadLetter } from './dead-letter.js';
import { entriesInPages, type HistoryOptions } from './entry-pages.js';
import { asHistoryEntry, type HistoryEntry } from './history-entry.js';
import { type RatesOptions, ratesOf, type StreamRates } from './stream-rates.js';
import { LeftOut } from './overview/left-out.js';
import { overviewOf } from './overview/overview-of.js';
import { Rates } from './overview/rates.js';
import { listStreams, type StreamList, type StreamListOptions } from './overview/stream-list.js';
import type { StreamOverview } from './overview/stream-overview.js';
import { statsOf } from './stats-of.js';
import type { StreamStats } from './stream-stats.js';

export interface OverviewOptions {
  /** Whether to ask what the stream takes in memory, too: four questions more (MEMORY USAGE), estimated by samples. Default false. */
  readonly memory?: boolean;
}

/**
 * Answers questions about streams. Asks Redis each time, over a connection of its own that is opened with the first question,
 * and keeps nothing but what `overview` needs to tell rates. Each question waits for its answer no longer than `addTimeoutMs`; a page of a
 * walk is one.
 */
export class StreamMonitor {
  private readonly remembered = new Rates();
  private readonly leftOut: LeftOut;

  /** @internal Nest makes it. */
  constructor(
    private readonly queries: Queries,
    private readonly names: StreamNames,
    log: Pick<Log, 'warn'>,
  ) {
    this.leftOut = new LeftOut(log);
  }

  /**
   * How many tasks come in and are done with, measured over a while: it looks twice, and counts what came between. For scripts that ask once, and a stretch
   * in which no more than 20,000 are added; who asks again and again has rates from `overview`.
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
    const look = await this.queries.look(stream, false).catch(rethrowNaming(`stats('${stream}')`));
    return statsOf(stream, look);
  }

  /**
   * All that there is to say of a stream and its groups now: what waits, runs and is left, rates, who works, and what each group is
   * doing, or why it does nothing. One question of some milliseconds at most, whatever the stream holds, so that it may be asked every second;
   * `stats` takes as long and tells less. What this user may not ask for is left out, with one warning each.
   * @throws RedisUnavailableError when Redis does not answer in time, RedisStreamsConfigError for a key that is no stream
   *
   * @example
   * const { addedPerSecond, groups } = await monitor.overview('ai:inference:queue');
   * for (const { group, state, why } of groups) console.log(group, state, why); // workers slots-busy All 16 slots are busy: 12 waiting, …
   */
  async overview<S extends AnyStream>(stream: KnownStream<S>, options: OverviewOptions = {}): Promise<StreamOverview> {
    this.names.use(stream);
    const naming = rethrowNaming(`overview('${stream}')`);
    const [look, memory] = await Promise.all([
      this.queries.look(stream, this.remembered.needsLately(stream)).catch(naming),
      options.memory ? this.leftOut.unless('MEMORY', this.queries.memory(stream)).catch(naming) : undefined,
    ]);
    this.leftOut.note(look.notAllowed);
    return overviewOf(stream, look, this.remembered.learn(stream, look), memory);
  }

  /**
   * The streams that this application knows: those of its handlers and of the option `streams`, those it has added to or asked about,
   * and those with schedules made at run time; and those that are found on the server, where that is asked for.
   * @throws RedisUnavailableError when Redis does not answer in time
   */
  async streams(options: StreamListOptions = {}): Promise<StreamList> {
    return listStreams(options, this.names.named, this.queries, this.leftOut).catch(rethrowNaming('streams()'));
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
}
