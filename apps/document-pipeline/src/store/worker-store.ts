import { Injectable } from '@nestjs/common';
import { StoreConnection } from './store-connection.js';

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

/** Which workers there are, by their own word: streams tell of one only while it holds tasks. */
@Injectable()
export class WorkerStore {
  constructor(private readonly connection: StoreConnection) {}

  async seen(): Promise<SeenWorker[]> {
    const reply = await this.connection.evaluate<(string | number)[]>(SEEN, [this.key], [KEPT_SECONDS]);
    return reply.flatMap((name, n) => (n % 2 ? [] : [{ name: String(name), silentMs: Number(reply[n + 1]) }]));
  }

  async isHere(name: string): Promise<void> {
    await this.connection.evaluate(SEEN, [this.key], [KEPT_SECONDS, name]);
  }

  async leaves(name: string): Promise<void> {
    await this.connection.evaluate("return redis.call('ZREM', KEYS[1], ARGV[1])", [this.key], [name]);
  }

  private get key(): string {
    return this.connection.key('workers');
  }
}
