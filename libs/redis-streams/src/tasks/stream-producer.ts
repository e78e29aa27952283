import { AddBulkError, type AddOutcome } from '../model/errors/add-bulk-error.js';
import { withCallerFrames } from '../model/errors/caller-frames.js';
import { appendHeaders, type StreamCodec } from '../wire/codec.js';
import {
  EncodeError,
  PayloadTooLargeError,
  RedisStreamsConfigError,
  RedisUnavailableError,
} from '../model/errors/errors.js';
import { fail } from '../options/checks/option-checks.js';
import type { AnyStream, KnownStream, PayloadOf } from '../model/payloads.js';
import { assertStreamName } from '../wire/stream-name.js';
import type { StreamNames } from '../options/stream-names.js';
import {
  ADD_OPTIONS,
  type AddOptions,
  assertItem,
  type BulkItem,
  type CheckedOptions,
  checkedBulkOptions,
  checkedOptions,
} from './add-options.js';
import { isUnavailable, type AppendCommand, type StreamCommands } from '../redis/append/stream-commands.js';

/** Most entries, and about most characters, that go out together. */
const CHUNK_ENTRIES = 500;
const CHUNK_CHARACTERS = 1_000_000;
const MOST_KNOWN_STREAMS = 1_000;

/**
 * Adds tasks to streams. Inject it anywhere; it works from the module's start until the app's HTTP server is closed.
 *
 * Accepted means that the Redis primary replied: with `appendfsync always` and no failover nothing accepted is lost;
 * `everysec` can lose the last second, a failover what was not replicated.
 */
export class StreamProducer {
  /** Names that were found good: looking closer takes longer than the rest of an add. */
  private readonly knownStreams = new Set<string>();

  /** @internal Nest makes it. */
  constructor(
    private readonly commands: StreamCommands,
    private readonly codec: StreamCodec,
    private readonly maxPayloadBytes: number,
    private readonly names: StreamNames,
  ) {}

  /**
   * Adds one task.
   *
   * @returns the entry's id, such as `1699980000000-0`: the task id
   * @throws RedisStreamsConfigError for a bad stream name or option, EncodeError for a payload that is no JSON,
   *   PayloadTooLargeError beyond `maxPayloadBytes`,
   *   RedisUnavailableError when nothing could be sent within `addTimeoutMs`, AddOutcomeUnknownError when it was sent
   *   and no answer came, AddRefusedError when Redis answered with an error,
   *   NotReplicatedError when it was added and `minReplicas` did not confirm it in time
   * @see https://redis.io/docs/latest/commands/xadd/
   * @example
   * const taskId = await this.producer.add('ai:inference:queue', { prompt, model, user_id });
   */
  async add<S extends AnyStream>(stream: KnownStream<S>, payload: PayloadOf<S>, options?: AddOptions): Promise<string> {
    this.assertKnown(stream);
    const checked = checkedOptions(options);
    const added = this.commands.append(stream, this.encode(payload, options?.headers, checked));
    try {
      return await added;
    } catch (error) {
      throw withCallerFrames(error as Error);
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
    const encoded = items.map((item, n) => this.encodeItem(item, n, checked));
    const outcomes: AddOutcome[] = [];
    let underWay: Promise<AddOutcome[]> = Promise.resolve([]);
    for (const chunk of chunksOf(encoded)) {
      const previous = underWay;
      // Two are under way, one in Redis and one here: more would only fill the memory when Redis is slow.
      underWay = this.commands.appendAll(stream, chunk);
      for (const outcome of await previous) outcomes.push(outcome);
      if (outcomes.some(isUnavailable)) break;
    }
    for (const outcome of await underWay) outcomes.push(outcome);
    while (outcomes.length < items.length) {
      outcomes.push({ error: new RedisUnavailableError('Not sent, as Redis did not answer for an earlier part.') });
    }
    if (outcomes.some(({ error }) => error)) throw new AddBulkError(outcomes);
    return outcomes.map(({ id }) => id!);
  }

  private assertKnown(stream: string): void {
    if (this.knownStreams.has(stream)) return;
    assertStreamName(stream);
    this.names.use(stream);
    if (this.knownStreams.size < MOST_KNOWN_STREAMS) this.knownStreams.add(stream);
  }

  private encodeItem(item: BulkItem<unknown>, n: number, options: CheckedOptions): AppendCommand {
    try {
      assertItem(item);
      return this.encode(item.payload, item.headers, options);
    } catch (error) {
      // Ours are new each time; what a payload's getters throw is not ours to change.
      if (isOurs(error)) error.message = `addBulk: item ${n}: ${error.message}`;
      throw error;
    }
  }

  private encode(payload: unknown, headers: AddOptions['headers'], options: CheckedOptions): AppendCommand {
    const fields = this.codec.encode(payload);
    if (headers) appendHeaders(fields, ADD_OPTIONS.headers.read(headers, 'headers')!);
    assertSize(fields, this.maxPayloadBytes);
    return { fields, maxLen: options.maxLen, minReplicas: options.minReplicas };
  }
}

function isOurs(error: unknown): error is Error {
  return [EncodeError, PayloadTooLargeError, RedisStreamsConfigError].some((type) => error instanceof type);
}

function assertSize(fields: readonly string[], max: number): void {
  let characters = 0;
  for (const field of fields) characters += field.length;
  // A UTF-16 unit takes at most three bytes of UTF-8: most payloads need no closer look.
  if (3 * characters <= max) return;
  let bytes = 0;
  for (const field of fields) bytes += Buffer.byteLength(field);
  if (bytes > max) throw new PayloadTooLargeError(bytes, max);
}

function* chunksOf(commands: readonly AppendCommand[]): Generator<AppendCommand[]> {
  let chunk: AppendCommand[] = [];
  let characters = 0;
  for (const command of commands) {
    chunk.push(command);
    for (const field of command.fields) characters += field.length;
    if (chunk.length < CHUNK_ENTRIES && characters < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = [];
    characters = 0;
  }
  if (chunk.length > 0) yield chunk;
}
