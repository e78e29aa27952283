import { rethrowNaming } from '../../model/errors/rethrow-naming.js';
import type { OperationPlan } from '../../model/operations/operation.js';
import type { AnyStream, KnownStream } from '../../model/payloads.js';
import type { EntryIds } from '../../model/ports/admin/entry-ids.js';
import type { Revival } from '../../model/ports/admin/revival.js';
import type { Queries } from '../../model/ports/queries.js';
import type { StreamNames } from '../../options/stream-names.js';
import { compareEntryIds, entryTimeMs } from '../../wire/entry-id.js';
import { FIRST_ID } from '../bounds.js';
import { checkedOptions } from '../operations/operation-options.js';
import type { StartedOperation, StreamOperations } from '../operations/stream-operations.js';
import { planReplay } from './plan-replay.js';
import { checkedRange, REPLAY_OPTIONS, type ReplayOptions, type ReplayRange } from './replay-options.js';
import type { ReplaySpec } from './replay-spec.js';

export interface StreamReplayParts {
  readonly entries: EntryIds;
  readonly revival: Pick<Revival, 'replay' | 'copy'>;
  readonly queries: Pick<Queries, 'look'>;
  readonly operations: StreamOperations;
  readonly names: StreamNames;
}

/** A replay that was checked, and where it ends. */
interface Checked {
  readonly spec: ReplaySpec;
  readonly upTo: string;
  readonly by: string;
  readonly reason: string;
}

/** Before all entries. */
const BEGINNING = '0-0';
const DEFAULT_GROUP = 'workers';

/**
 * Has tasks of the history run again: those that a group has finished, in place and for that group alone, or copied to a stream as new tasks. Inject it
 * anywhere, also where nothing consumes. As many as the stream keeps (`retention`) can be replayed.
 */
export class StreamReplay {
  private readonly entries: EntryIds;
  private readonly revival: StreamReplayParts['revival'];
  private readonly queries: StreamReplayParts['queries'];
  private readonly operations: StreamOperations;
  private readonly names: StreamNames;

  /** @internal Nest makes it. */
  constructor({ entries, revival, queries, operations, names }: StreamReplayParts) {
    this.entries = entries;
    this.revival = revival;
    this.queries = queries;
    this.operations = operations;
    this.names = names;
  }

  /** What `start` would do now: each entry is looked at, and why it would be left out. Changes nothing. @throws as `start` */
  async plan<S extends AnyStream>(
    stream: KnownStream<S>,
    range: ReplayRange,
    options: ReplayOptions = {},
  ): Promise<OperationPlan> {
    const call = this.callOn('plan', stream);
    const { spec, upTo } = await this.checked(stream, range, options, call);
    const { entries, revival, queries } = this;
    return planReplay({ entries, revival, queries }, { stream, spec, upTo }).catch(rethrowNaming(call));
  }

  /**
   * Replays a range of the history, as a bulk action that goes on in the background, up to the newest entry there is when it starts.
   *
   * In place each task runs once more under its own id, for one group alone; its handler sees `context.isReplay`. Left out, and counted: what the group has
   * not finished (`pending`, `not-delivered`), what it gave up (`dead-lettered`: redrive that), and what was cancelled or has expired (`ended-otherwise`).
   * With `copyTo` each is added as a new task, once.
   *
   * @throws RedisStreamsConfigError for a wrong range or option, OperationActiveError while another replay of the stream goes on,
   *   RedisUnavailableError when Redis does not answer in time
   * @example
   * const replay = await replays.start('ai:embed', { from: yesterday }, { rate: 20, by: 'ana', reason: 'new model' });
   * const { done, skipped } = await replay.ended();
   */
  async start<S extends AnyStream>(
    stream: KnownStream<S>,
    range: ReplayRange,
    options: ReplayOptions = {},
  ): Promise<StartedOperation> {
    const call = this.callOn('start', stream);
    const { spec, upTo, by, reason } = await this.checked(stream, range, options, call);
    return this.operations.start(call, stream, { kind: 'replay', isOnly: true, spec, upTo, by, reason });
  }

  private async checked(stream: string, range: ReplayRange, options: ReplayOptions, call: string): Promise<Checked> {
    const { from, to, upTo } = checkedRange(range, call);
    const { by, reason, group, copyTo, ...rest } = checkedOptions(REPLAY_OPTIONS, options, call);
    const ends = await this.entries.ends(stream).catch(rethrowNaming(call));
    const last = upTo ?? ends?.last ?? BEGINNING;
    const isGap = ends !== undefined && from !== FIRST_ID && compareEntryIds(from, ends.first) < 0;
    const historyStartsAt = isGap ? new Date(entryTimeMs(ends.first)).toISOString() : undefined;
    const spec: ReplaySpec = {
      ...{ from, to, ...rest, copyTo, historyStartsAt },
      group: group ?? (copyTo === undefined ? DEFAULT_GROUP : undefined),
    };
    return { spec, upTo: compareEntryIds(to, last) < 0 ? to : last, by, reason };
  }

  private callOn(method: string, stream: string): string {
    this.names.use(stream);
    return `${method}('${stream}')`;
  }
}
