import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../../scripts/redis/start-redis.mjs';

/** One Redis for the whole run: REDIS_URL's, else one that is started here (REDIS_SERVER chooses the program). */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.REDIS_URL) return undefined;
  const dir = await mkdtemp(join(tmpdir(), 'nrs-test-'));
  const redis = await startRedis({ dir, args: ['--save', '', '--appendonly', 'no'] });
  process.env.REDIS_URL = redis.url;
  return async () => {
    await redis.stop();
    await rm(dir, { recursive: true, force: true });
  };
}
