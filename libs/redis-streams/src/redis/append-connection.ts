import { DeadlineQueue } from '../model/deadline-queue.js';
import { AddOutcomeUnknownError, RedisUnavailableError } from '../model/errors.js';
import type { RedisClient } from './redis-client.js';
import { describeRedisError } from './redis-errors.js';

interface PendingCall {
  sent: boolean;
  reject(error: Error): void;
}

/**
 * The connection for adds and queries. Every call is answered or rejected within its time, and nothing is ever sent
 * twice, nor after it was rejected: a call waits here, not in ioredis, until the connection is ready.
 */
export class AppendConnection {
  private readonly deadlines: DeadlineQueue<PendingCall>;
  private becomingReady: Promise<void> | undefined;

  constructor(
    private readonly client: RedisClient,
    private readonly timeoutMs: number,
    private readonly lastError: () => Error | undefined,
  ) {
    this.deadlines = new DeadlineQueue(timeoutMs, (call) => call.reject(this.timeoutError(call.sent)));
  }

  get isReady(): boolean {
    return this.client.status === 'ready';
  }

  /**
   * @throws RedisUnavailableError when nothing was sent, AddOutcomeUnknownError when it was and no answer came,
   *   ioredis's ReplyError when Redis answered with an error
   */
  call<Reply>(command: (client: RedisClient) => Promise<Reply>): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      const pending: PendingCall = { sent: false, reject };
      this.deadlines.add(pending);
      const send = () => {
        pending.sent = true;
        command(this.client).then(
          (reply) => {
            this.deadlines.delete(pending);
            resolve(reply);
          },
          (error: Error) => {
            this.deadlines.delete(pending);
            reject(this.asCallError(error));
          },
        );
      };
      if (this.isReady) {
        send();
        return;
      }
      const fail = (error: Error) => {
        this.deadlines.delete(pending);
        reject(error);
      };
      this.whenReady().then(() => {
        // A call that was rejected meanwhile must not be sent after all.
        if (this.deadlines.has(pending)) send();
      }, fail);
    });
  }

  /** Rejects only when the connection was closed for good. */
  private whenReady(): Promise<void> {
    return (this.becomingReady ??= new Promise<void>((resolve, reject) => {
      const { client } = this;
      const settle = () => {
        this.becomingReady = undefined;
        client.off('ready', onReady);
        client.off('end', onEnd);
      };
      const onReady = () => {
        settle();
        resolve();
      };
      const onEnd = () => {
        settle();
        reject(
          new RedisUnavailableError('The connection to Redis is closed; nothing was sent.', {
            cause: this.lastError(),
          }),
        );
      };
      client.on('ready', onReady);
      client.on('end', onEnd);
      if (client.status === 'end') onEnd();
      else if (client.status === 'wait') client.connect().catch(() => undefined);
    }));
  }

  private timeoutError(sent: boolean): Error {
    if (sent) {
      return new AddOutcomeUnknownError(
        `Redis did not answer within ${this.timeoutMs} ms. The command was sent, so that its entry may exist; ` +
          'it will not be sent again.',
        { cause: this.lastError() },
      );
    }
    const cause = this.lastError();
    const why = cause ? ` (${describeRedisError(cause)})` : '';
    return new RedisUnavailableError(
      `Redis could not be reached within ${this.timeoutMs} ms${why}. Nothing was sent.`,
      {
        cause,
      },
    );
  }

  private asCallError(error: Error): Error {
    if (error.name === 'ReplyError') return error;
    return new AddOutcomeUnknownError(
      `The connection to Redis broke before the answer came (${describeRedisError(error)}). The entry may exist; it will ` +
        'not be sent again.',
      { cause: error },
    );
  }
}
