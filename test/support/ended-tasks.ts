import type { Redis } from 'ioredis';
import { Keys } from '../../libs/redis-streams/src/redis/keys.js';
import { TASK_RECORD } from '../../libs/redis-streams/src/wire/tasks/task-record.js';

const keys = new Keys('');

export interface OfTask {
  readonly stream: string;
  readonly id: string;
}

/** Ends a task of the group `workers` as a worker's settlement does, with a record, but wakes nobody. */
export async function endTask(cli: Redis, { stream, id }: OfTask, record: Record<string, string>): Promise<void> {
  const { record: key } = keys.ofTask(stream, 'workers', id);
  await cli.hset(key, { [TASK_RECORD.state]: 'completed', [TASK_RECORD.endedAt]: Date.now(), ...record });
}

/** Tells the processes that listen for a task. @returns how many were told */
export async function ringEars(cli: Redis, { stream, id }: OfTask): Promise<number> {
  const addresses = await cli.zrangebyscore(keys.ofTask(stream, 'workers', id).ears, Date.now(), '+inf');
  const { bells, place } = keys.ofGroup(stream, 'workers');
  const told = await Promise.all(addresses.map((address) => cli.publish(bells + address, `news ${id} ${place}`)));
  return told.reduce((sum, count) => sum + count, 0);
}
