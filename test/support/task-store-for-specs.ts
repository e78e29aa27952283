import { Redis } from 'ioredis';
import { afterAll, beforeEach } from 'vitest';
import { Connections } from '../../libs/redis-streams/src/redis/connections/connections.js';
import { Keys } from '../../libs/redis-streams/src/redis/keys.js';
import { QueryConnection } from '../../libs/redis-streams/src/redis/queries/query-connection.js';
import { RedisTaskStore } from '../../libs/redis-streams/src/redis/tasks/redis-task-store.js';

/** The task store on a real server, and a connection to set scenes with; each case begins without any key of the stream. */
export function taskStoreForSpecs(name: string) {
  const connection = process.env.REDIS_URL!;
  const redis = new Redis(connection);
  const connections = new Connections({ connection }, 'spec');
  const keys = new Keys('');
  const store = new RedisTaskStore(new QueryConnection(connections, 5_000), keys);
  const stream = `spec:{${name}}`;
  const forget = async () => {
    const found = await redis.keys(`${stream}*`);
    if (found.length > 0) await redis.del(found);
  };
  beforeEach(forget);
  afterAll(async () => {
    await forget();
    redis.disconnect();
    connections.close();
  });
  return { redis, keys, store, stream };
}
