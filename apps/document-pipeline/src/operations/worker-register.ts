import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { CONFIG, type Config } from '../config.js';

export interface SeenWorker {
  /** Host and pid. */
  readonly name: string;
  readonly silentMs: number;
}

/** How long one that went without a word is still told of, in seconds. */
const KEPT_SECONDS = 120;

/**
 * By the server's clock, as those of two machines differ.
 * KEYS[1] sorted set of names by the time they were last seen; ARGV[1] how long they are kept, in seconds; ARGV[2] the name
 * of one that is here, or nothing. Returns each name, followed by its silence in milliseconds.
 */
const SEEN = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] then redis.call('ZADD', KEYS[1], now, ARGV[2]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1] * 1000)
redis.call('EXPIRE', KEYS[1], ARGV[1])
local seen = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 2, #seen, 2 do seen[i] = now - seen[i] end
return seen`;

/**
 * Which workers there are, by their own word, also those that have nothing to do: streams tell of one only once it was given
 * a task. All that the sample itself keeps in Redis.
 */
@Injectable()
export class WorkerRegister implements OnApplicationShutdown {
  private readonly redis: Redis;
  private readonly key: string;

  constructor(@Inject(CONFIG) { redisUrl, streamPrefix }: Config) {
    this.key = `${streamPrefix}workers`;
    this.redis = new Redis(redisUrl, {
      connectionName: 'document-pipeline:workers',
      lazyConnect: true,
      commandTimeout: 2_500,
      connectTimeout: 2_000,
      // A server that went away without a word is noticed, and the connection made anew.
      socketTimeout: 5_000,
      maxRetriesPerRequest: null,
      retryStrategy: (attempt) => Math.min(1_000, 50 * 2 ** Math.min(attempt, 10)),
    });
    // The queue's own connections tell of an outage, and each command here fails in time.
    this.redis.on('error', () => undefined);
  }

  async seen(): Promise<SeenWorker[]> {
    const reply = (await this.redis.eval(SEEN, 1, this.key, KEPT_SECONDS)) as (string | number)[];
    return reply.flatMap((name, n) => (n % 2 ? [] : [{ name: String(name), silentMs: Number(reply[n + 1]) }]));
  }

  async isHere(name: string): Promise<void> {
    await this.redis.eval(SEEN, 1, this.key, KEPT_SECONDS, name);
  }

  async leaves(name: string): Promise<void> {
    await this.redis.zrem(this.key, name);
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
