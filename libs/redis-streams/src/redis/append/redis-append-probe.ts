import type { AppendProbe } from '../../model/ports/append.js';
import { withTimeout } from '../../timing/with-timeout.js';
import type { RedisClient } from '../connections/redis-client.js';
import { describeRedisError, isPermissionError } from '../connections/redis-errors.js';
import type { Keys } from '../keys.js';
import type { AppendConnection } from './append-connection.js';
import { xadd } from './xadd.js';

/** Every server checks whether the command may be run now (user, memory, role, replicas), and then refuses this id. */
const IMPOSSIBLE_ENTRY = ['0-0', 'probe', ''] as const;
const REFUSES_IMPOSSIBLE_ID = /must be greater than 0-0/;

/** Somebody may have changed the user's rights. Asked each time, it would fill the server's ACL log. */
const FORBIDDEN_FOR_MS = 60_000;

/** Asks over the connection for adds whether these pass. What was wrong with one entry or stream alone is no obstacle. */
export class RedisAppendProbe implements AppendProbe {
  /** Where this process has added last. */
  private addedTo: string | undefined;
  /** Where the last add failed; undefined when adds have been found to pass since. */
  private failedKey: string | undefined;
  /** When it may be tried again what this user was not allowed, on performance.now's clock. */
  private foresightAt = -Infinity;

  constructor(
    private readonly connection: AppendConnection,
    private readonly keys: Pick<Keys, 'neverThere'>,
  ) {}

  /** Something is about to be added to this stream. */
  noteAdd(stream: string): void {
    this.addedTo = stream;
  }

  /** An add to this key failed. */
  noteFailure(key: string): void {
    this.failedKey = key;
  }

  async obstacle(timeoutMs: number, wantsForesight = false): Promise<string | undefined> {
    try {
      if (await withTimeout(timeoutMs, this.assertAddsPass(wantsForesight))) return undefined;
      return describeRedisError(this.connection.trouble ?? new Error(`Redis did not answer within ${timeoutMs} ms`));
    } catch (error) {
      return describeRedisError(error);
    }
  }

  private async assertAddsPass(wantsForesight: boolean): Promise<void> {
    const { failedKey, addedTo } = this;
    if (failedKey !== undefined) await this.assertEntryWouldPass(failedKey);
    else if (wantsForesight && addedTo !== undefined && performance.now() >= this.foresightAt)
      await this.assertWritesPass(addedTo);
    else await this.ask((client) => client.ping());
  }

  private async assertEntryWouldPass(key: string): Promise<void> {
    try {
      await this.ask((client, giveUpAt) => xadd(client, [key, ...IMPOSSIBLE_ENTRY], giveUpAt));
    } catch (error) {
      if (!REFUSES_IMPOSSIBLE_ID.test((error as Error).message)) throw error;
    }
    this.failedKey = undefined;
  }

  /** A write without effect, as its key is never there. An impossible entry would show in Redis's numbers as an error each time, though all is well. */
  private async assertWritesPass(stream: string): Promise<void> {
    try {
      await this.ask((client) => client.set(this.keys.neverThere(stream), '', 'XX'));
    } catch (error) {
      if (!isPermissionError(error as Error)) throw error;
      // Redis answers, and adds need no such right.
      this.foresightAt = performance.now() + FORBIDDEN_FOR_MS;
    }
  }

  private ask(send: (client: RedisClient, giveUpAt: number) => Promise<unknown>): Promise<unknown> {
    return this.connection.call(send, undefined, 'probe');
  }
}
