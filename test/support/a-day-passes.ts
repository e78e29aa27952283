import type { Redis } from 'ioredis';

const DAY_MS = 24 * 3_600_000;

/**
 * Makes all that a server holds a day older: what expires within a day goes, the rest does so a day earlier, and pending entries
 * have been idle for a day longer. As if its clock had moved, which no test can do to a server that it did not build.
 */
export async function aDayPasses(redis: Redis): Promise<void> {
  for (const key of await redis.keys('*')) {
    const leftMs = await redis.pttl(key);
    if (leftMs > 0) await redis.pexpire(key, Math.max(1, leftMs - DAY_MS));
    if ((await redis.type(key)) === 'stream') await agePending(redis, key);
  }
}

async function agePending(redis: Redis, stream: string): Promise<void> {
  const groups = (await redis.xinfo('GROUPS', stream)) as string[][];
  for (const [, group] of groups) {
    const rows = (await redis.xpending(stream, group!, '-', '+', 1_000)) as [string, string, number, number][];
    for (const [id, consumer, idleMs] of rows) {
      await redis.xclaim(stream, group!, consumer, 0, id, 'IDLE', idleMs + DAY_MS, 'JUSTID');
    }
  }
}
