import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { CONFIG, type Config } from '../config.js';
import { StoreUnavailableError } from './store-unavailable.error.js';

/** Longest wait for an answer, so that a request that needs two of them still ends within six seconds. */
const COMMAND_TIMEOUT_MS = 2_500;
/** Replies that tell of the server's state, not of a mistake of ours. */
const SERVER_STATE = /^(OOM|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|MISCONF|BUSY|TRYAGAIN|EXECABORT)\b/;
/** So many changes are kept for followers, who ask several times a second. */
const MAX_CHANGES = 500;

/**
 * Writes facts into a hash, unless the guard field says that the task is done: a run that comes late changes nothing. With
 * a set of changes it also notes there that the hash has changed, and when: later than every change before.
 * KEYS[1] hash; KEYS[2] sorted set of changes, or nothing; ARGV[1] guard field; ARGV[2] time to live in seconds; ARGV[3] '1'
 * to leave a missing hash missing; ARGV[4] the hash's name in the set; ARGV[5…] fields and values. Returns 1 when it wrote.
 */
const RECORD = `
if ARGV[3] == '1' and redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('HINCRBY', KEYS[1], 'revision', 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
if KEYS[2] then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', KEYS[2], math.max(now, (last or 0) + 1), ARGV[4])
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -${MAX_CHANGES + 1})
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end
return 1`;

export interface RecordCommand {
  readonly key: string;
  /** The field whose presence forbids the write. */
  readonly unless: string;
  readonly onlyIfExists: boolean;
  readonly fields: Readonly<Record<string, string | number>>;
  /** Where the change is noted, and under which name. */
  readonly change?: { readonly key: string; readonly name: string };
}

export interface Change {
  readonly name: string;
  /** Later changes have higher positions. */
  readonly position: number;
}

/** The store's own connection: every command is answered or fails with a StoreUnavailableError within 2.5 s. */
@Injectable()
export class StoreConnection implements OnApplicationShutdown {
  private readonly log = new Logger('Store');
  private readonly redis: Redis;
  private isReachable = true;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    this.redis = new Redis(config.redisUrl, {
      connectionName: 'document-pipeline:store',
      lazyConnect: true,
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: 2_000,
      // A server that went away without a word is noticed, and the connection made anew.
      socketTimeout: 5_000,
      maxRetriesPerRequest: null,
      retryStrategy: (attempt) => Math.min(1_000, 50 * 2 ** Math.min(attempt, 10)),
    });
    this.redis.on('error', (error: Error) => this.report(error));
    this.redis.on('ready', () => (this.isReachable = true));
  }

  key(name: string): string {
    return this.config.streamPrefix + name;
  }

  /** @returns whether it wrote */
  async record({ key, unless, onlyIfExists, fields, change }: RecordCommand): Promise<boolean> {
    const keys = change ? [key, change.key] : [key];
    const settings = [unless, this.config.documentTtlSeconds, onlyIfExists ? '1' : '0', change?.name ?? ''];
    return 1 === (await this.evaluate(RECORD, keys, [...settings, ...Object.entries(fields).flat()]));
  }

  /** The newest changes, newest first; or, `after` a position, those that came next, oldest first. */
  async changes(key: string, { after, limit }: { after?: number; limit: number }): Promise<Change[]> {
    const reply = await this.run((redis) =>
      after === undefined
        ? redis.zrevrange(key, 0, limit - 1, 'WITHSCORES')
        : redis.zrangebyscore(key, `(${after}`, '+inf', 'WITHSCORES', 'LIMIT', 0, limit),
    );
    return reply.flatMap((name, n) => (n % 2 ? [] : [{ name, position: Number(reply[n + 1]) }]));
  }

  evaluate<Reply>(script: string, keys: readonly string[], values: readonly (string | number)[]): Promise<Reply> {
    return this.run((redis) => redis.eval(script, keys.length, ...keys, ...values) as Promise<Reply>);
  }

  read(key: string, fields: readonly string[]): Promise<(string | null)[]> {
    return this.run((redis) => redis.hmget(key, ...fields));
  }

  async delete(key: string): Promise<void> {
    await this.run((redis) => redis.unlink(key));
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }

  private async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await command(this.redis);
    } catch (cause) {
      const { name, message } = cause as Error;
      if (name === 'ReplyError' && !SERVER_STATE.test(message)) throw cause;
      throw new StoreUnavailableError(`The document store cannot be reached (${message}).`, { cause });
    }
  }

  /** Once per outage: ioredis tries on for as long as it takes. */
  private report(error: Error): void {
    if (this.isReachable) this.log.warn(`Redis cannot be reached, trying on: ${error.message || String(error)}`);
    this.isReachable = false;
  }
}
