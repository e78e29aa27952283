import { OperationActiveError } from '../../model/errors/operation-errors.js';
import { rethrowNaming } from '../../model/errors/rethrow-naming.js';
import type { AroundOperation } from '../../model/operations/around-operation.js';
import type { OperationInfo } from '../../model/operations/operation.js';
import type { AnyStream, KnownStream } from '../../model/payloads.js';
import type { NewOperation, OperationStore } from '../../model/ports/admin/operations.js';
import { integer } from '../../options/checks/kinds.js';
import { assertKnownKeys, fail, plainObject } from '../../options/checks/option-checks.js';
import type { StreamNames } from '../../options/stream-names.js';
import { assertOperationId, newOperationId } from './operation-id.js';
import { asInfo } from './operation-info.js';
import { storedSpec } from './stored-spec.js';
import type { OperationRunner } from './work/operation-runner.js';
import { untilEnded } from './until-ended.js';

/** A bulk action that has been started. It goes on whether anybody waits for it or not. */
export interface StartedOperation {
  readonly id: string;
  readonly stream: string;
  /** Waits for its end, however it ends. @throws what `StreamOperations.ended` throws; and where Redis knows nothing of it any more, as after FLUSHALL */
  ended(options?: { readonly signal?: AbortSignal }): Promise<OperationInfo>;
}

/** Before all ids. */
const BEGINNING = '0-0';

interface Parts {
  readonly store: OperationStore;
  readonly runner: OperationRunner;
  readonly names: StreamNames;
  /** What stands around the start of each. */
  readonly arounds: readonly AroundOperation[];
}

/** A bulk action that is to be started, from the beginning. What it is to do is kept as JSON. */
type OperationToStart = Omit<NewOperation, 'id' | 'spec' | 'cursor'> & { readonly spec: object };

const LIMIT = integer({ byDefault: 100, min: 1, max: 1_000 });

/**
 * The bulk actions on streams: redrives, purges and replays, those that go on and those of the last 7 days. One that a process leaves, as it stops or
 * dies, is gone on with by another within seconds: by any that consumes the stream, has started a bulk action of it, or has been asked about one.
 * Nothing is done twice.
 */
export class StreamOperations {
  private readonly store: OperationStore;
  private readonly runner: OperationRunner;
  private readonly names: StreamNames;
  private readonly arounds: readonly AroundOperation[];

  /** @internal Nest makes it. */
  constructor({ store, runner, names, arounds }: Parts) {
    this.store = store;
    this.runner = runner;
    this.names = names;
    this.arounds = arounds;
  }

  /**
   * The bulk actions of a stream, the newest first.
   * @param options.limit how many at most; default 100, 1 to 1,000
   * @throws RedisUnavailableError when Redis does not answer in time
   */
  async list<S extends AnyStream>(
    stream: KnownStream<S>,
    options: { readonly limit?: number } = {},
  ): Promise<OperationInfo[]> {
    const call = this.callOn('list', stream);
    const given = plainObject(options, `${call}: the options`);
    assertKnownKeys(given, ['limit'], `the options of ${call}`);
    const limit = LIMIT.read(options.limit, `${call}: limit`);
    const found = await this.store.list(stream, limit).catch(rethrowNaming(call));
    this.runner.tend(stream);
    return found.map((stored) => asInfo(stream, stored));
  }

  /** @returns undefined for one that is unknown, or has gone since: 7 days after its end */
  async get<S extends AnyStream>(stream: KnownStream<S>, id: string): Promise<OperationInfo | undefined> {
    const call = this.callOn('get', stream, id);
    const stored = await this.store.get(stream, id).catch(rethrowNaming(call));
    if (stored?.state === 'running') this.runner.tend(stream);
    return stored && asInfo(stream, stored);
  }

  /**
   * Ends a bulk action where it is. What is done stays done, and nothing is done any more once this returns. One that has ended stays as it is.
   * @param options.reason why; at most 1,024 characters
   * @returns it as it is afterwards; undefined for one that is unknown
   */
  async cancel<S extends AnyStream>(
    stream: KnownStream<S>,
    id: string,
    options: { readonly reason?: string } = {},
  ): Promise<OperationInfo | undefined> {
    const call = this.callOn('cancel', stream, id);
    const { reason = '' } = plainObject(options, `${call}: the options`);
    if (typeof reason !== 'string' || reason.length > 1_024)
      fail(`${call}: reason`, 'a string of up to 1,024 characters', reason);
    const stored = await this.store.cancel(stream, id, reason).catch(rethrowNaming(call));
    return stored && asInfo(stream, stored);
  }

  /**
   * Has a bulk action that was cancelled, has stopped itself or has failed go on where it was, up to where it was to go at first; with one that
   * goes on, this process goes on where no other does.
   * @returns it as it is afterwards; undefined for one that is unknown
   * @throws OperationActiveError where another of its kind goes on
   */
  async resume<S extends AnyStream>(stream: KnownStream<S>, id: string): Promise<OperationInfo | undefined> {
    const call = this.callOn('resume', stream, id);
    const stored = await this.store.resume(stream, id).catch(rethrowNaming(call));
    if (!stored) return undefined;
    if (stored.id !== id) throw new OperationActiveError(asInfo(stream, stored), call);
    await this.runner.goOn(stream, id).catch(rethrowNaming(call));
    return asInfo(stream, stored);
  }

  /**
   * Waits until a bulk action has ended, however it ends.
   * @param options.signal ends the wait: it rejects with the signal's reason
   * @returns undefined for one that is unknown
   * @throws RedisUnavailableError when Redis does not answer in time; the bulk action goes on when it does again
   */
  async ended<S extends AnyStream>(
    stream: KnownStream<S>,
    id: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<OperationInfo | undefined> {
    const call = this.callOn('ended', stream, id);
    this.runner.tend(stream);
    const ask = () => this.store.get(stream, id).catch(rethrowNaming(call));
    const stored = await untilEnded(ask, options.signal);
    return stored && asInfo(stream, stored);
  }

  /** @internal Who acts on streams starts what it does. */
  async start(call: string, stream: string, wanted: OperationToStart): Promise<StartedOperation> {
    const id = newOperationId();
    const headers: Record<string, string> = {};
    const begin = async () => {
      const operation = { ...wanted, spec: storedSpec(wanted.spec, headers), cursor: BEGINNING };
      const rival = await this.runner.start(stream, operation, id).catch(rethrowNaming(call));
      if (rival) throw new OperationActiveError(asInfo(stream, rival), call);
    };
    const around = { kind: wanted.kind, stream, id, headers };
    await this.arounds.reduceRight<() => Promise<void>>((inner, outer) => () => outer(around, inner), begin)();
    const ended: StartedOperation['ended'] = async (options) => {
      const info = await this.ended(stream, id, options);
      if (!info)
        throw new Error(`${call}: Redis knows nothing of the bulk action '${id}' any more: its data was deleted.`);
      return info;
    };
    return { id, stream, ended };
  }

  private callOn(method: string, stream: string, id?: string): string {
    this.names.use(stream);
    if (id === undefined) return `${method}('${stream}')`;
    assertOperationId(id, `${method}('${stream}')`);
    return `${method}('${stream}', '${id}')`;
  }
}
