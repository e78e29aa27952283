import { DeadlineQueue } from '../../timing/deadline-queue.js';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import { asFailure } from './redis-failure.js';
import type { RedisClient } from './redis-client.js';
import { runScript, type Writes } from '../lua/run-script.js';
import type { Script } from '../lua/script.js';

/** Twice the time after which ioredis gives up a silent socket: what takes longer is stuck, or Redis is away. */
const ANSWER_WITHIN_MS = 10_000;

interface Call {
  readonly client: RedisClient;
  readonly reject: (error: Error) => void;
}

/**
 * The connection for settlement, leases and take-overs. Every call is answered or rejected in time, whatever becomes of
 * ioredis' own promise: a client that leaves one unanswered for ten seconds is replaced by a new one, and all that it
 * still held back goes with it. A call that was rejected may have run; all scripts bear that.
 */
export class ControlConnection {
  private current: RedisClient;
  private readonly readyListeners = new Set<() => void>();
  private readonly deadlines = new DeadlineQueue<Call>(ANSWER_WITHIN_MS, (call) => this.giveUp(call));

  /**
   * @param open makes a new client
   * @param drop ends one, with all that waits in it
   */
  constructor(
    private readonly open: () => RedisClient,
    private readonly drop: (client: RedisClient) => void,
  ) {
    this.current = this.openNext();
  }

  /** The client of the moment: ask each time. */
  get client(): RedisClient {
    return this.current;
  }

  /**
   * @param writes counts how often the call is sent
   * @throws RedisFailure when no answer came in time, or when Redis refused
   */
  run<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    writes?: Writes,
  ): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      const client = this.current;
      const deadline = this.deadlines.add({ client, reject });
      runScript<Reply>(client, script, keys, args, writes).then(
        (reply) => {
          deadline.cancel();
          resolve(reply);
        },
        (error: Error) => {
          deadline.cancel();
          reject(asFailure(error));
        },
      );
    });
  }

  /** Calls back whenever the connection is there again. @returns what ends that */
  onReady(listener: () => void): () => void {
    this.readyListeners.add(listener);
    return () => this.readyListeners.delete(listener);
  }

  private openNext(): RedisClient {
    const client = this.open();
    client.on('ready', () => {
      for (const listener of this.readyListeners) listener();
    });
    return client;
  }

  private giveUp({ client, reject }: Call): void {
    reject(asFailure(new RedisUnavailableError(`Redis did not answer within ${ANSWER_WITHIN_MS} ms.`)));
    // Others that waited for the same client may have had it replaced already.
    if (client !== this.current) return;
    this.current = this.openNext();
    this.drop(client);
  }
}
