import type { ChainableCommander } from 'ioredis';
import { DeadlineQueue } from '../model/deadline-queue.js';
import { AddOutcomeUnknownError, RedisUnavailableError } from '../model/errors.js';
import type { RedisClient } from './redis-client.js';
import { describeRedisError } from './redis-errors.js';

/** One command, written to a pipeline together with the others of its turn. */
export type PipelinedCommand = (pipeline: ChainableCommander) => unknown;

interface PendingCall {
  sent: boolean;
  readonly send: ((client: RedisClient) => Promise<unknown>) | undefined;
  readonly pipelined: PipelinedCommand | undefined;
  readonly resolve: (reply: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The connection for adds and queries. Every call is answered or rejected within its time, and nothing is ever sent
 * twice, nor after it was rejected: a call waits here, not in ioredis, until the connection is ready. Adds of one
 * event-loop turn go out as one pipeline.
 */
export class AppendConnection {
  private readonly deadlines: DeadlineQueue<PendingCall>;
  private readonly waiting = new Set<PendingCall>();
  private isFlushRequested = false;

  constructor(
    private readonly client: RedisClient,
    readonly timeoutMs: number,
    private readonly lastError: () => Error | undefined,
  ) {
    this.deadlines = new DeadlineQueue(timeoutMs, (call) => {
      this.waiting.delete(call);
      call.reject(this.timeoutError(call.sent));
    });
    client.on('ready', () => this.flush());
    client.on('end', () => this.rejectWaiting());
  }

  /**
   * @throws RedisUnavailableError when nothing was sent, AddOutcomeUnknownError when it was and no answer came,
   *   ioredis's ReplyError when Redis answered with an error
   */
  call<Reply>(send: (client: RedisClient) => Promise<Reply>): Promise<Reply> {
    return this.enqueue<Reply>(send, undefined);
  }

  /** As `call`, for a single command that may share a pipeline with others. */
  pipelined<Reply>(command: PipelinedCommand): Promise<Reply> {
    return this.enqueue<Reply>(undefined, command);
  }

  private enqueue<Reply>(send: PendingCall['send'], pipelined: PendingCall['pipelined']): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      const call: PendingCall = { sent: false, send, pipelined, resolve, reject };
      this.deadlines.add(call);
      this.waiting.add(call);
      if (this.isFlushRequested) return;
      this.isFlushRequested = true;
      setImmediate(() => {
        this.isFlushRequested = false;
        this.flush();
      });
    });
  }

  private flush(): void {
    const { client, waiting } = this;
    if (waiting.size === 0) return;
    if (client.status !== 'ready') {
      if (client.status === 'wait') client.connect().catch(() => undefined);
      else if (client.status === 'end') this.rejectWaiting();
      return;
    }
    const calls = [...waiting];
    waiting.clear();
    for (const call of calls) call.sent = true;
    // The nodes of a cluster each have their own connection, which one pipeline cannot span.
    const isCluster = 'nodes' in client;
    const batch = isCluster ? [] : calls.filter(({ pipelined }) => pipelined);
    if (batch.length > 0) this.sendBatch(batch);
    for (const call of calls) if (call.send ?? isCluster) this.sendAlone(call);
  }

  private sendAlone(call: PendingCall): void {
    const { send, pipelined } = call;
    try {
      const sent = send
        ? send(this.client)
        : (pipelined!(this.client as unknown as ChainableCommander) as Promise<unknown>);
      sent.then(
        (reply) => this.succeed(call, reply),
        (error: Error) => this.fail(call, error),
      );
    } catch (error) {
      this.fail(call, error as Error);
    }
  }

  private sendBatch(batch: readonly PendingCall[]): void {
    const pipeline = this.client.pipeline();
    for (const { pipelined } of batch) pipelined!(pipeline);
    pipeline.exec().then(
      (results) => {
        for (const [n, call] of batch.entries()) {
          const [error, reply] = results![n]!;
          if (error) this.fail(call, error);
          else this.succeed(call, reply);
        }
      },
      (error: Error) => {
        for (const call of batch) this.fail(call, error);
      },
    );
  }

  private succeed(call: PendingCall, reply: unknown): void {
    this.deadlines.delete(call);
    call.resolve(reply as never);
  }

  private fail(call: PendingCall, error: Error): void {
    this.deadlines.delete(call);
    call.reject(error.name === 'ReplyError' ? error : brokenLinkError(error));
  }

  private rejectWaiting(): void {
    for (const call of this.waiting) {
      this.deadlines.delete(call);
      call.reject(
        new RedisUnavailableError('The connection to Redis is closed; nothing was sent.', { cause: this.lastError() }),
      );
    }
    this.waiting.clear();
  }

  private timeoutError(sent: boolean): Error {
    const cause = this.lastError();
    if (sent) {
      return new AddOutcomeUnknownError(
        `Redis did not answer within ${this.timeoutMs} ms. The command was sent, so that its entry may exist; it will not be sent again.`,
        { cause },
      );
    }
    const why = cause ? ` (${describeRedisError(cause)})` : '';
    return new RedisUnavailableError(
      `Redis could not be reached within ${this.timeoutMs} ms${why}. Nothing was sent.`,
      { cause },
    );
  }
}

/** For a command that was sent over a connection that broke before the answer came. */
export function brokenLinkError(error: Error): AddOutcomeUnknownError {
  return new AddOutcomeUnknownError(
    `The connection to Redis broke before the answer came (${describeRedisError(error)}). The entry may exist; it will not be sent again.`,
    { cause: error },
  );
}
