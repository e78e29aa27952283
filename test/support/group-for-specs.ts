import { Redis } from 'ioredis';
import { afterAll, beforeEach } from 'vitest';
import { Connections } from '../../libs/redis-streams/src/redis/connections/connections.js';
import { GroupCommands } from '../../libs/redis-streams/src/redis/group/group-commands.js';
import { Keys } from '../../libs/redis-streams/src/redis/keys.js';

/** The consumer that the commands are of. */
export const ME = 'me@1000ms';

/** The commands of a group 'g' on a real server, and a connection to set scenes with; each case begins with an empty stream. */
export function groupForSpecs(name: string) {
  const connection = process.env.REDIS_URL!;
  const redis = new Redis(connection);
  const connections = new Connections({ connection }, 'spec');
  const names = new Keys('');
  const stream = `spec:{${name}}`;
  const keys = names.ofGroup(stream, 'g');
  const group = new GroupCommands(connections.control(), names, { stream, group: 'g', consumer: ME });
  const forget = () => redis.del(keys.stream, keys.retry, keys.marks, keys.cancels, keys.owed, keys.next, keys.workers);
  beforeEach(async () => {
    await forget();
    await redis.xgroup('CREATE', keys.stream, 'g', '0', 'MKSTREAM');
  });
  afterAll(async () => {
    await forget();
    redis.disconnect();
    connections.close();
  });
  return { redis, keys, group };
}
