import { DeadlineQueue } from '../../timing/deadline-queue.js';
import { RetryDelay } from '../../timing/retry-delay.js';
import type { Connections } from '../connections/connections.js';
import type { RedisClient } from '../connections/redis-client.js';
import { asFailure } from '../connections/redis-failure.js';
import { brokenOffError, closedError, isAnswer, isOfReplica, timeoutError } from './query-errors.js';

/** A client that has answered nothing for so long, and leaves a question unanswered, is replaced. */
const STUCK_AFTER_MS = 10_000;
/** So often, in milliseconds, one that leads to a replica is: the next may lead to the new primary. */
const LEFT_EVERY_MS = 500;

interface Question {
  isOpen: boolean;
  /** What a replica refused it with last. */
  refusal: Error | undefined;
  readonly reject: (error: Error) => void;
}

/**
 * The connection for questions, and requests that bear to be repeated, apart from adds and settlements, which a long answer would
 * hold up. It is opened with the first question. Every question is answered or rejected within its time, whatever becomes of ioredis' own promise.
 * As asking twice does no harm, ioredis asks again what a broken connection left unanswered; and what a server refuses that has become a
 * replica is asked again over other connections, until one leads to the new primary.
 */
export class QueryConnection {
  private client: RedisClient | undefined;
  /** When the client answered last, or was opened, on performance.now's clock. */
  private answeredAt = 0;
  /** When a client was replaced last because it led to a replica. */
  private leftAt = -Infinity;
  private readonly deadlines: DeadlineQueue<Question>;

  /** @param timeoutMs how long a question may take */
  constructor(
    private readonly connections: Pick<Connections, 'query' | 'drop' | 'lastError' | 'describe' | 'isClosed'>,
    private readonly timeoutMs: number,
  ) {
    this.deadlines = new DeadlineQueue(timeoutMs, (question) => this.giveUp(question));
  }

  /**
   * @param send may be called again, for another client
   * @throws RedisUnavailableError when Redis does not answer in time, or does not let us in; RedisFailure when it answers with
   *   an error
   */
  ask<Reply>(send: (client: RedisClient) => Promise<Reply>): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      const question: Question = { isOpen: true, refusal: undefined, reject };
      const deadline = this.deadlines.add(question);
      this.attempt(send, question)
        .then(resolve, reject)
        .finally(() => deadline.cancel());
    });
  }

  private async attempt<Reply>(send: (client: RedisClient) => Promise<Reply>, question: Question): Promise<Reply> {
    let retryDelay: RetryDelay | undefined;
    for (;;) {
      if (this.connections.isClosed) throw closedError();
      const client = this.openClient();
      try {
        const reply = await send(client);
        this.answeredAt = performance.now();
        return reply;
      } catch (error) {
        if (isOfReplica(error as Error)) {
          question.refusal = error as Error;
          this.leaveReplica(client);
          await (retryDelay ??= new RetryDelay(LEFT_EVERY_MS)).wait();
          if (question.isOpen) continue;
        }
        if (isAnswer(error as Error)) throw asFailure(error as Error);
        // Where its client was replaced meanwhile, the next one may still answer in time.
        const isStranded = client !== this.client && question.isOpen;
        if (!isStranded && !this.connections.isClosed) {
          throw brokenOffError(this.connections.describe(), error as Error);
        }
      }
    }
  }

  private openClient(): RedisClient {
    // Only a user's own options can make ioredis end a client by itself.
    if (this.client?.status === 'end') this.replaceClient(this.client);
    if (!this.client) {
      this.client = this.connections.query();
      this.answeredAt = performance.now();
    }
    return this.client;
  }

  private giveUp(question: Question): void {
    const { client } = this;
    const trouble = (client && this.connections.lastError(client)) ?? question.refusal;
    question.isOpen = false;
    question.reject(timeoutError(this.connections.describe(), this.timeoutMs, trouble));
    if (client && performance.now() - this.answeredAt > STUCK_AFTER_MS) this.replaceClient(client);
  }

  private leaveReplica(client: RedisClient): void {
    if (client !== this.client || performance.now() - this.leftAt < LEFT_EVERY_MS) return;
    this.leftAt = performance.now();
    this.replaceClient(client);
  }

  /** Ends a client, and with it all that waits there: questions that have time left are asked over the next one. */
  private replaceClient(client: RedisClient): void {
    this.client = undefined;
    this.connections.drop(client);
  }
}
