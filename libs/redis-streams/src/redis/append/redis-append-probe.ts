import type { AppendProbe } from '../../model/ports/append.js';
import { withTimeout } from '../../timing/with-timeout.js';
import type { RedisClient } from '../connections/redis-client.js';
import { describeRedisError } from '../connections/redis-errors.js';
import type { AppendConnection } from './append-connection.js';
import { xadd } from './xadd.js';

/** Every server checks whether the command may be run now (user, memory, role, replicas), and then refuses this id. */
const IMPOSSIBLE_ENTRY = ['0-0', 'probe', ''] as const;
const REFUSES_IMPOSSIBLE_ID = /must be greater than 0-0/;

/** Asks over the connection for adds whether these pass. What was wrong with one entry or stream alone is no obstacle. */
export class RedisAppendProbe implements AppendProbe {
  /** Where the last add failed; undefined when adds have been found to pass since. */
  private failedKey: string | undefined;

  constructor(private readonly connection: AppendConnection) {}

  /** An add to this key failed. */
  noteFailure(key: string): void {
    this.failedKey = key;
  }

  async obstacle(timeoutMs: number): Promise<string | undefined> {
    try {
      if (await withTimeout(timeoutMs, this.assertAddsPass())) return undefined;
      return describeRedisError(this.connection.trouble ?? new Error(`Redis did not answer within ${timeoutMs} ms`));
    } catch (error) {
      return describeRedisError(error);
    }
  }

  private async assertAddsPass(): Promise<void> {
    const key = this.failedKey;
    if (key === undefined) {
      await this.ask((client) => client.ping());
      return;
    }
    try {
      await this.ask((client, giveUpAt) => xadd(client, [key, ...IMPOSSIBLE_ENTRY], giveUpAt));
    } catch (error) {
      if (!REFUSES_IMPOSSIBLE_ID.test((error as Error).message)) throw error;
    }
    this.failedKey = undefined;
  }

  private ask(send: (client: RedisClient, giveUpAt: number) => Promise<unknown>): Promise<unknown> {
    return this.connection.call(send, undefined, 'probe');
  }
}
