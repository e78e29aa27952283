import type { Redis } from 'ioredis';

/** Entries of a group that are pending or not delivered yet; the latter as 1 for any number of them. */
export async function unfinishedInGroup(redis: Redis, stream: string, group: string): Promise<number> {
  const [pending] = (await redis.xpending(stream, group)) as [number];
  const groups = (await redis.xinfo('GROUPS', stream)) as (string | number)[][];
  const fields = groups.find((row) => row[1] === group)!;
  const lastDelivered = fields[fields.indexOf('last-delivered-id') + 1] as string;
  const waiting = await redis.xrevrange(stream, '+', '-', 'COUNT', 1);
  return pending + (waiting[0] && waiting[0][0] !== lastDelivered ? 1 : 0);
}
