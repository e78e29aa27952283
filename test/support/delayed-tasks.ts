import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { keyBeside } from '../../libs/redis-streams/src/wire/stream-name.js';

/** An own id, as a producer makes it. */
export function ownId(): string {
  return `t_${randomBytes(12).toString('base64url')}`;
}

/** The keys of a stream's delayed tasks. */
export function delayedKeys(stream: string) {
  const beside = keyBeside(stream);
  return {
    delayed: `${beside}:delayed`,
    tasks: `${beside}:delayed:tasks`,
    record: (id: string) => `${beside}:task:${id}`,
    ears: (id: string) => `${beside}:ears:${id}`,
  };
}

/** The server's clock. */
export async function serverNow(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

/** Stores delayed tasks as adds do: all are due at one time of the server's clock. @returns their ids */
export async function delayTasks(
  redis: Redis,
  stream: string,
  due: number,
  ...tasks: readonly (readonly string[])[]
): Promise<string[]> {
  const keys = delayedKeys(stream);
  const ids = tasks.map(ownId);
  const pipeline = redis.pipeline();
  for (const [n, id] of ids.entries()) {
    pipeline.hset(keys.tasks, id, JSON.stringify(tasks[n]));
    pipeline.zadd(keys.delayed, due, id);
  }
  await pipeline.exec();
  return ids;
}
