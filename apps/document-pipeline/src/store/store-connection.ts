import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { CONFIG, type Config } from '../config.js';
import { StoreUnavailableError } from './store-unavailable.error.js';

/** Longest wait for an answer, so that a request that needs two of them still ends within six seconds. */
const COMMAND_TIMEOUT_MS = 2_500;
/** Replies that tell of the server's state, not of a mistake of ours. */
const SERVER_STATE = /^(OOM|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|MISCONF|BUSY|TRYAGAIN|EXECABORT)\b/;

/**
 * Writes facts into a hash, unless the guard field says that the task is done: a run that comes late changes nothing.
 * KEYS[1] hash; ARGV[1] guard field; ARGV[2] time to live in seconds; ARGV[3] '1' to leave a missing hash missing;
 * ARGV[4…] fields and values. Returns 1 when it wrote.
 */
const RECORD = `
if ARGV[3] == '1' and redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('HINCRBY', KEYS[1], 'revision', 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1`;

export interface RecordCommand {
  readonly key: string;
  /** The field whose presence forbids the write. */
  readonly unless: string;
  readonly onlyIfExists: boolean;
  readonly fields: Readonly<Record<string, string | number>>;
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

  async create(key: string, fields: Readonly<Record<string, string>>): Promise<void> {
    await this.run((redis) => redis.multi().hset(key, fields).expire(key, this.config.documentTtlSeconds).exec());
  }

  /** @returns whether it wrote */
  async record({ key, unless, onlyIfExists, fields }: RecordCommand): Promise<boolean> {
    const pairs = Object.entries(fields).flat();
    const ttl = this.config.documentTtlSeconds;
    return (
      1 === (await this.run((redis) => redis.eval(RECORD, 1, key, unless, ttl, onlyIfExists ? '1' : '0', ...pairs)))
    );
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
