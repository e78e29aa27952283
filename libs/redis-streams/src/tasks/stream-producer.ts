import { AddBulkError } from '../model/errors/add-bulk-error.js';
import { withCallerFrames } from '../model/errors/caller-frames.js';
import {
  AddRefusedError,
  EncodeError,
  IdempotencyConflictError,
  NotReplicatedError,
  PayloadTooLargeError,
  RedisStreamsConfigError,
  RedisUnavailableError,
} from '../model/errors/errors.js';
import type { AnyStream, KnownStream, PayloadOf } from '../model/payloads.js';
import type { AppendCommand, Appender } from '../model/ports/append.js';
import { fail } from '../options/checks/option-checks.js';
import type { StreamNames } from '../options/stream-names.js';
import { narrowFields } from '../wire/narrow-fields.js';
import type { AddInterceptors, AddItem } from './adding/add-interceptors.js';
import {
  ADD_OPTIONS,
  type AddOptions,
  assertItem,
  type BulkItem,
  type CheckedOptions,
  checkedBulkOptions,
  checkedOptions,
  withOwn,
} from './adding/add-options.js';
import { dueInMs } from './adding/add-delay.js';
import type { Promoter } from './delayed/promoter.js';
import { assertDistinct, keyClaim } from './adding/add-key.js';
import { appendInChunks } from './adding/append-in-chunks.js';
import { encodeTask, type NewTask, type TaskEncoding } from './adding/encode-task.js';

export interface StreamProducerParts {
  readonly appender: Appender;
  readonly encoding: TaskEncoding;
  readonly names: StreamNames;
  /** Stand around every add. Default none, which costs nothing. */
  readonly interceptors?: AddInterceptors | undefined;
  /** Is told of delayed tasks. */
  readonly promoter?: Pick<Promoter, 'added' | 'used'> | undefined;
  /** Called once, with the first add. */
  readonly begun?: (() => void) | undefined;
}

const MOST_KNOWN_STREAMS = 1_000;
/** Errors that are new each time, so that something may be added to them: what a payload's getters or interceptors throw is not ours. */
const FROM_HERE = [EncodeError, PayloadTooLargeError, RedisStreamsConfigError];
const FROM_REDIS = [RedisUnavailableError, AddRefusedError, NotReplicatedError, IdempotencyConflictError];

/**
 * Adds tasks to streams. Inject it anywhere; it works from the module's start until the app's HTTP server is closed.
 *
 * Accepted means that the Redis primary replied: with `appendfsync always` and no failover nothing accepted is lost;
 * `everysec` can lose the last second, a failover what was not replicated.
 */
export class StreamProducer {
  /** Names that were found good: looking closer takes longer than the rest of an add. */
  private readonly knownStreams = new Set<string>();

  private readonly appender: Appender;
  private readonly encoding: TaskEncoding;
  private readonly names: StreamNames;
  private readonly interceptors: AddInterceptors | undefined;
  private readonly promoter: StreamProducerParts['promoter'];
  private readonly begun: StreamProducerParts['begun'];

  /** @internal Nest makes it. */
  constructor({ appender, encoding, names, interceptors, promoter, begun }: StreamProducerParts) {
    this.appender = appender;
    this.encoding = encoding;
    this.names = names;
    this.interceptors = interceptors;
    this.promoter = promoter;
    this.begun = begun;
  }

  /**
   * Adds one task.
   *
   * @returns the task id: the entry's id, such as `1699980000000-0`; of a delayed task its own, `t_…`; with an idempotency key that of the first task
   * @throws RedisStreamsConfigError for a bad stream name or option, EncodeError for a payload that is no JSON,
   *   PayloadTooLargeError beyond `maxPayloadBytes`,
   *   RedisUnavailableError when nothing could be sent within `addTimeoutMs`, AddOutcomeUnknownError when it was sent
   *   and no answer came, AddRefusedError when Redis answered with an error,
   *   IdempotencyConflictError when the task of its key has another payload,
   *   NotReplicatedError when it was added and `minReplicas` did not confirm it in time
   * @see https://redis.io/docs/latest/commands/xadd/
   * @example
   * const taskId = await this.producer.add('ai:inference:queue', { prompt, model, user_id });
   */
  async add<S extends AnyStream>(stream: KnownStream<S>, payload: PayloadOf<S>, options?: AddOptions): Promise<string> {
    this.assertKnown(stream);
    const checked = checkedOptions(options);
    const task = { payload, headers: options?.headers };
    const added = this.interceptors?.areThere
      ? this.addAround(this.interceptors, stream, task, checked)
      : this.appender.append(stream, this.encode(task, checked));
    try {
      const id = await added;
      if (checked.delay) this.promoter?.added(stream, dueInMs(checked.delay.due));
      return id;
    } catch (error) {
      throw isOf(FROM_REDIS, error) ? withCallerFrames(error) : error;
    }
  }

  /**
   * Adds many tasks to one stream, in order, up to 500 at a time. Not atomic: others' entries may come between. In a
   * cluster the order is lost where the stream's master changes meanwhile.
   * All payloads are checked before the first is sent.
   *
   * @returns the ids, in the order of the items
   * @throws AddBulkError when some were not accepted, with an outcome per item; otherwise as `add`
   */
  async addBulk<S extends AnyStream>(
    stream: KnownStream<S>,
    items: readonly BulkItem<PayloadOf<S>>[],
    options?: Pick<AddOptions, 'maxLen'>,
  ): Promise<string[]> {
    this.assertKnown(stream);
    if (!Array.isArray(items)) fail('addBulk: items', 'a list of { payload, headers? }', items);
    const checked = checkedBulkOptions(options);
    if (!this.interceptors?.areThere) return await this.appendBulk(stream, items, checked);
    const call = { stream, items: items.map((item, n) => naming(n, () => asAddItem(item))) };
    return await this.interceptors.around(call, () => this.appendBulk(stream, call.items, checked));
  }

  private async addAround(
    interceptors: AddInterceptors,
    stream: string,
    task: NewTask,
    options: CheckedOptions,
  ): Promise<string> {
    const item = withOwnHeaders(task);
    const [id] = await interceptors.around({ stream, items: [item] }, async () => [
      await this.appender.append(stream, this.encode(item, options)),
    ]);
    return id!;
  }

  private async appendBulk(
    stream: string,
    items: readonly BulkItem<unknown>[],
    options: CheckedOptions,
  ): Promise<string[]> {
    const commands = items.map((item, n) => naming(n, () => this.encodeItem(item, options)));
    assertDistinct(commands.map(({ admission }) => admission?.key?.name));
    const outcomes = await appendInChunks(this.appender, stream, commands);
    for (const { admission } of commands)
      if (admission?.delay) this.promoter?.added(stream, dueInMs(admission.delay.due));
    if (outcomes.some(({ error }) => error)) throw new AddBulkError(outcomes);
    return outcomes.map(({ id }) => id!);
  }

  private assertKnown(stream: string): void {
    if (this.knownStreams.has(stream)) return;
    this.names.use(stream);
    if (this.knownStreams.size >= MOST_KNOWN_STREAMS) return;
    if (this.knownStreams.size === 0) this.begun?.();
    this.knownStreams.add(stream);
    this.promoter?.used(stream);
  }

  private encodeItem(item: BulkItem<unknown>, options: CheckedOptions): AppendCommand {
    assertItem(item);
    return this.encode(item, withOwn(options, item));
  }

  private encode(task: NewTask, options: CheckedOptions): AppendCommand {
    const { maxLen, minReplicas, reserved, delay, idempotency } = options;
    const fields = encodeTask(this.encoding, task, reserved);
    if (!delay && !idempotency) return { fields, maxLen, minReplicas };
    const admission = { delay, key: idempotency && keyClaim(idempotency, fields), waitMs: idempotency?.waitMs };
    return { fields: narrowFields(fields), maxLen, minReplicas, admission };
  }
}

/** Whatever fails, its message names the item. */
function naming<Result>(n: number, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (isOf(FROM_HERE, error)) error.message = `addBulk: item ${n}: ${error.message}`;
    throw error;
  }
}

function isOf(types: readonly (abstract new (...args: never[]) => Error)[], error: unknown): error is Error {
  return types.some((type) => error instanceof type);
}

function asAddItem(item: unknown): AddItem {
  assertItem(item);
  return withOwnHeaders(item);
}

/** For interceptors to add to. */
function withOwnHeaders(task: NewTask): AddItem {
  return { ...task, headers: { ...ADD_OPTIONS.headers.read(task.headers, 'headers') } };
}
