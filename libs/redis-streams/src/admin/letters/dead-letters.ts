import { rethrowNaming } from '../../model/errors/rethrow-naming.js';
import type { OperationPlan } from '../../model/operations/operation.js';
import type { AnyStream, KnownStream, PayloadOf } from '../../model/payloads.js';
import type { DeadLetterStore, LetterRange } from '../../model/ports/admin/dead-letters.js';
import type { Revival } from '../../model/ports/admin/revival.js';
import type { Queries } from '../../model/ports/queries.js';
import { integer } from '../../options/checks/kinds.js';
import type { StreamNames } from '../../options/stream-names.js';
import { assertLetterId } from '../../wire/tasks/task-id.js';
import { asDeadLetter, type DeadLetter } from '../dead-letter.js';
import {
  checkedOptions,
  type OperationOptions,
  PURGE_OPTIONS,
  REDRIVE_OPTIONS,
  type RedriveOptions,
} from '../operations/operation-options.js';
import type { StartedOperation, StreamOperations } from '../operations/stream-operations.js';
import { type AgedFilter, checkedFilter, type DeadLetterFilter, withoutAge } from './letter-filter.js';
import { rawLetters } from './raw-letters.js';
import { checkedSelection, type CheckedSelection, type DeadLetterSelection } from './letter-selection.js';
import type { DeadLetterSummary } from './letter-summary.js';
import { summaryOf } from './summary-of.js';
import { planPurge } from './acting/plan-purge.js';
import { planRedrive } from './acting/plan-redrive.js';
import type { PurgeSpec } from './acting/purge-work.js';
import type { RedriveSpec } from './acting/redrive-work.js';

/** Which dead letters to walk through. */
export interface DeadLetterListOptions extends DeadLetterFilter {
  /** How many at most. Default all. */
  limit?: number;
}

export interface DeadLettersParts {
  readonly store: DeadLetterStore;
  readonly queries: Pick<Queries, 'look'>;
  readonly revival: Pick<Revival, 'redrive'>;
  readonly operations: StreamOperations;
  readonly names: StreamNames;
}

const LIMIT = integer({ min: 0 });
/** Before all letters. */
const BEGINNING = '0-0';

/**
 * The tasks that groups have given up, and what becomes of them. Inject it anywhere, also where nothing consumes. Each question waits for its answer
 * no longer than `addTimeoutMs`; of a walk, each page is one.
 */
export class DeadLetters {
  private readonly store: DeadLetterStore;
  private readonly queries: DeadLettersParts['queries'];
  private readonly revival: DeadLettersParts['revival'];
  private readonly operations: StreamOperations;
  private readonly names: StreamNames;

  /** @internal Nest makes it. */
  constructor({ store, queries, revival, operations, names }: DeadLettersParts) {
    this.store = store;
    this.queries = queries;
    this.revival = revival;
    this.operations = operations;
    this.names = names;
  }

  /**
   * Walks through dead letters with their payloads, the oldest first, in pages of 100, fewer where they are large, so that many need little memory. Reading changes nothing. One
   * whose entry cannot be decoded comes with its `entry.error` instead of ending the walk.
   *
   * @throws RedisStreamsConfigError for a wrong filter, RedisUnavailableError when Redis does not answer in time
   * @example
   * for await (const { id, errorText, entry } of letters.list('ai:inference:queue', { reason: 'max-deliveries', error: '429' })) { ... }
   */
  async *list<S extends AnyStream>(
    stream: KnownStream<S>,
    options: DeadLetterListOptions = {},
  ): AsyncGenerator<DeadLetter<PayloadOf<S>>> {
    const call = this.callOn('list', stream);
    const given = checkedFilter(options, `the options of ${call}`, ['limit']);
    let left = LIMIT.read(options.limit, `${call}: limit`) ?? Infinity;
    const read = (range: LetterRange) => this.store.letters(stream, range).catch(rethrowNaming(call));
    if (left === 0) return;
    const filter = await this.aged(stream, given, call);
    for await (const letter of rawLetters(read, filter)) {
      yield asDeadLetter(letter);
      if (--left === 0) return;
    }
  }

  /**
   * What dead letters died of: how many, since when, until when, how many again.
   * @param options a filter, and how many letters to look at at most: `limit`, default 100,000
   * @throws as `list`
   */
  async summary<S extends AnyStream>(
    stream: KnownStream<S>,
    options: DeadLetterListOptions = {},
  ): Promise<DeadLetterSummary> {
    const call = this.callOn('summary', stream);
    const given = checkedFilter(options, `the options of ${call}`, ['limit']);
    const limit = LIMIT.read(options.limit, `${call}: limit`) ?? 100_000;
    const filter = await this.aged(stream, given, call);
    return summaryOf(this.store, stream, filter, limit).catch(rethrowNaming(call));
  }

  /**
   * @param id of the letter, as `DeadLetter.id` or `StreamTasks.get` tells it
   * @returns undefined where there is none, or none any more
   */
  async get<S extends AnyStream>(stream: KnownStream<S>, id: string): Promise<DeadLetter<PayloadOf<S>> | undefined> {
    const call = this.callOn('get', stream);
    assertLetterId(id, call);
    const { letters } = await this.store.letters(stream, { from: id, to: id, count: 1 }).catch(rethrowNaming(call));
    const [letter] = letters;
    return letter && asDeadLetter(letter);
  }

  /** What `purge` would do now. Changes nothing. @throws as `purge` */
  async planPurge<S extends AnyStream>(
    stream: KnownStream<S>,
    selection: DeadLetterSelection,
    options: OperationOptions = {},
  ): Promise<OperationPlan> {
    const call = this.callOn('planPurge', stream);
    const given = checkedSelection(selection, call);
    const { rate } = checkedOptions(PURGE_OPTIONS, options, call);
    const checked = await this.aged(stream, given, call);
    const upTo = await this.upTo(stream, checked, call);
    return planPurge(this.store, { stream, selection: checked, rate, upTo }).catch(rethrowNaming(call));
  }

  /**
   * Deletes dead letters for good, as a bulk action: it goes on in the background, in batches, up to the newest letter there is when it starts.
   * @throws RedisStreamsConfigError for an empty or wrong selection, OperationActiveError while another purge of the stream goes on, unless the
   *   letters are named by their ids; RedisUnavailableError when Redis does not answer in time
   * @example
   * const purge = await letters.purge('ai:inference:queue', { olderThanMs: 30 * DAY }, { by: 'ana', reason: 'too old to matter' });
   * const { done } = await purge.ended();
   */
  async purge<S extends AnyStream>(
    stream: KnownStream<S>,
    selection: DeadLetterSelection,
    options: OperationOptions = {},
  ): Promise<StartedOperation> {
    const call = this.callOn('purge', stream);
    const given = checkedSelection(selection, call);
    const { by, reason, ...rest } = checkedOptions(PURGE_OPTIONS, options, call);
    const checked = await this.aged(stream, given, call);
    const spec: PurgeSpec = { ...checked, ...rest };
    const upTo = await this.upTo(stream, spec, call);
    return this.operations.start(call, stream, { kind: 'purge', isOnly: !spec.ids, spec, upTo, by, reason });
  }

  /** What `redrive` would do now: each letter is looked at, and why it would be left as it is. Changes nothing. @throws as `redrive` */
  async planRedrive<S extends AnyStream>(
    stream: KnownStream<S>,
    selection: DeadLetterSelection,
    options: RedriveOptions = {},
  ): Promise<OperationPlan> {
    const call = this.callOn('planRedrive', stream);
    const given = checkedSelection(selection, call);
    const { rate, again, copyTrimmed } = checkedOptions(REDRIVE_OPTIONS, options, call);
    const checked = await this.aged(stream, given, call);
    const upTo = await this.upTo(stream, checked, call);
    const redrive = { stream, selection: checked, rate, again, copyTrimmed, upTo };
    const { revival, queries } = this;
    return planRedrive({ letters: this.store, revival, queries }, redrive).catch(rethrowNaming(call));
  }

  /**
   * Makes tasks of dead letters again, as a bulk action that goes on in the background: each under its own id, at once, and only for the group that had
   * given it up; no other group notices. Its letter is deleted in the same step. A task that dies again gets a new letter, which this redrive does not meet;
   * it stops itself when more than a fifth of them do. At most 500 tasks of a group that live again are pending at a time.
   *
   * Left as they are, and counted: letters whose entry is no longer in the stream (`not-in-stream`), whose task is pending or was not delivered yet, or has
   * passed its deadline, and those that had been redriven before, unless they are named or `again` is true.
   *
   * @throws RedisStreamsConfigError for an empty or wrong selection, OperationActiveError while another redrive of the stream goes on, unless the
   *   letters are named by their ids; RedisUnavailableError when Redis does not answer in time
   * @example
   * const redrive = await letters.redrive('ai:chat', { error: '429', group: 'workers' }, { rate: 20, by: 'ana', reason: 'more quota' });
   * const { done, skipped } = await redrive.ended();
   */
  async redrive<S extends AnyStream>(
    stream: KnownStream<S>,
    selection: DeadLetterSelection,
    options: RedriveOptions = {},
  ): Promise<StartedOperation> {
    const call = this.callOn('redrive', stream);
    const given = checkedSelection(selection, call);
    const { by, reason, ...rest } = checkedOptions(REDRIVE_OPTIONS, options, call);
    const checked = await this.aged(stream, given, call);
    const spec: RedriveSpec = { ...checked, ...rest };
    const upTo = await this.upTo(stream, spec, call);
    return this.operations.start(call, stream, { kind: 'redrive', isOnly: !spec.ids, spec, upTo, by, reason });
  }

  /** Redis's clock decides how old a letter is. */
  private aged<Filter extends AgedFilter>(stream: string, filter: Filter, call: string) {
    return withoutAge(filter, () => this.store.now(stream).catch(rethrowNaming(call)));
  }

  private async upTo(stream: string, { upTo }: CheckedSelection, call: string): Promise<string> {
    return upTo ?? (await this.store.newest(stream).catch(rethrowNaming(call))) ?? BEGINNING;
  }

  private callOn(method: string, stream: string): string {
    this.names.use(stream);
    return `${method}('${stream}')`;
  }
}
