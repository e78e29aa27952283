import { setTimeout as wait } from 'node:timers/promises';
import type { ChaosRedis } from '../chaos-redis.js';
import { GROUP, STREAM } from '../system.js';

/** kill -9, and after a while the same server on the same data; resolves when it answers. */
export async function killRedis(redis: ChaosRedis, durationMs: number): Promise<void> {
  await redis.kill();
  await wait(durationMs);
  await redis.restart();
}

export async function freezeRedis(redis: ChaosRedis, durationMs: number): Promise<void> {
  redis.freeze();
  await wait(durationMs);
  redis.thaw();
}

/** The server ends every connection but the tool's own. */
export async function killClients(redis: ChaosRedis): Promise<void> {
  await redis.client.call('client', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
}

export async function destroyGroup(redis: ChaosRedis): Promise<void> {
  await redis.client.xgroup('DESTROY', STREAM, GROUP);
}
