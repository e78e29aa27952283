import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { Connections } from '../../libs/redis-streams/src/redis/connections/connections.js';
import { Keys } from '../../libs/redis-streams/src/redis/keys.js';
import { RedisBroker } from '../../libs/redis-streams/src/redis/redis-broker.js';
import { RETRY_CONSUMER } from '../../libs/redis-streams/src/wire/consumer-name.js';
import { eventually } from '../support/eventually.js';
import { redisCli } from '../support/redis-cli.js';
import { uniqueStream } from '../support/streams.js';
import type { Features, World } from './world.js';

const EVERY = 1_000_000;
type PendingRow = [id: string, consumer: string, idleMs: number, deliveryCount: number];

let features: Promise<Features> | undefined;

export async function redisWorld(): Promise<World> {
  const redis = redisCli();
  const connections = new Connections({ connection: process.env.REDIS_URL! }, 'suite');
  onTestFinished(() => connections.close());
  const keys = new Keys('');
  const name = uniqueStream('broker');
  const group = 'workers';
  const { stream, dead, retry, marks, cancels, delayed, owed, next, pause, lives, workers, heldKeys } = keys.ofGroup(
    name,
    group,
  );
  const names = [stream, dead, retry, marks, cancels, delayed, owed, next, pause, lives, workers];
  onTestFinished(async () => void (await redis.del(...names)));
  const target = uniqueStream('target');
  onTestFinished(async () => void (await redis.del(target)));
  const taskKeys = (id: string) => keys.ofTask(name, group, id);
  const rows = async () => (await redis.xpending(stream, group, '-', '+', EVERY)) as PendingRow[];
  const serverNow = async () => {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  };
  return {
    broker: new RedisBroker(connections, keys, 'suite'),
    ...{ stream: name, group, serverNow },
    features: await (features ??= featuresOf(redis)),
    add: async (fields = ['n', '1'], id = '*') => (await redis.xadd(stream, id, ...fields))!,
    addMany: async (count, idOf) => {
      const pipeline = redis.pipeline();
      for (let n = 0; n < count; n++) pipeline.xadd(stream, idOf?.(n) ?? '*', 'n', n);
      await pipeline.exec();
    },
    deleteEntry: async (id) => void (await redis.xdel(stream, id)),
    deleteStream: async () => void (await redis.del(stream)),
    createGroup: async (other) => void (await redis.xgroup('CREATE', stream, other, '0', 'MKSTREAM')),
    destroyGroup: async (other = group) => void (await redis.xgroup('DESTROY', stream, other)),
    moveGroup: async (lastDelivered) => void (await redis.xgroup('SETID', stream, group, lastDelivered)),
    age: async (ms, ids) => {
      const aged = (await rows()).filter(([id]) => ids?.includes(id) ?? true);
      for (const owner of new Set(aged.map(([, consumer]) => consumer))) {
        const held = aged.flatMap(([id, consumer]) => (consumer === owner ? [id] : []));
        await redis.xclaim(stream, group, owner, 0, ...held, 'IDLE', ms, 'JUSTID');
      }
    },
    target,
    refuseForwards: async (refuse) => void (await (refuse ? redis.set(target, 'a text') : redis.del(target))),
    forwarded: async () => (await redis.xrange(target, '-', '+')).map(([id, fields]) => ({ id, fields })),
    refuseDeadLetters: async () => void (await redis.set(dead, 'a text')),
    refuseMarks: async () => void (await redis.set(marks, 'a text')),
    forgetMarks: async () => void (await redis.del(marks)),
    pause: async (until) =>
      void (await redis.hset(pause, { reason: 'why', by: 'me', at: await serverNow(), until: until ?? '' })),
    resume: async () => void (await redis.del(pause)),
    forgetRetries: async (ids) => void (await (ids ? redis.zrem(retry, ...ids) : redis.del(retry))),
    delayUntil: async (due) => void (await redis.zadd(delayed, due, `t_${due}`)),
    letPass: async (ms) => {
      const until = (await serverNow()) + ms;
      await eventually(async () => (await serverNow()) >= until);
    },
    listenFor: async (id) => {
      await redis.zadd(taskKeys(id).ears, (await serverNow()) + 60_000, 'listener');
      await redis.pexpire(taskKeys(id).ears, 60_000);
    },
    forgetOutput: async (id) => void (await redis.del(taskKeys(id).output)),
    ids: async () => (await redis.xrange(stream, '-', '+')).map(([id]) => id),
    pending: async () =>
      (await rows()).map(([id, consumer, idleMs, deliveryCount]) => ({ id, consumer, deliveryCount, idleMs })),
    retries: async () => asRetries(await redis.zrange(retry, '0', '-1', 'WITHSCORES')),
    consumers: async () => {
      const consumers = (await redis.xinfo('CONSUMERS', stream, group)) as [string, string][];
      return consumers.map(([, consumer]) => consumer).toSorted();
    },
    revive: async (id, life) => {
      await redis.xclaim(stream, group, RETRY_CONSUMER, 0, id, 'RETRYCOUNT', 0, 'FORCE', 'JUSTID');
      await redis.zadd(retry, await serverNow(), id);
      await redis.hset(lives, id, JSON.stringify(life));
    },
    lives: () => redis.hkeys(lives),
    requestCancel: async (id, reason = '') => void (await redis.hset(cancels, id, `${await serverNow()}:${reason}`)),
    giveKey: async (key, taskId) => void (await redis.set(heldKeys + key, `${taskId} fingerprint`, 'PX', 60_000)),
    heldKeys: async () => (await redis.keys(`${heldKeys}*`)).map((key) => key.slice(heldKeys.length)),
    cancels: async () => {
      const all = Object.entries(await redis.hgetall(cancels));
      return Object.fromEntries(all.map(([id, mark]) => [id, mark.slice(mark.indexOf(':') + 1)]));
    },
    record: (id) => redis.hgetall(taskKeys(id).record),
    deadLetters: async () => (await redis.xrange(dead, '-', '+')).map(([, fields]) => fields),
    output: async (id) =>
      (await redis.xrange(taskKeys(id).output, '-', '+')).map(([at, fields]) => ({ id: at, fields })),
  };
}

function asRetries(flat: readonly string[]): [string, number][] {
  const retries: [string, number][] = [];
  for (let i = 0; i < flat.length; i += 2) retries.push([flat[i]!, Number(flat[i + 1])]);
  return retries;
}

/** Asked once, as its version does not tell. */
async function featuresOf(redis: Redis): Promise<Features> {
  const probe = uniqueStream('probe');
  await redis.xgroup('CREATE', probe, 'g', '0', 'MKSTREAM');
  const id = (await redis.xadd(probe, '*', 'n', '1'))!;
  await redis.xreadgroup('GROUP', 'g', 'c', 'STREAMS', probe, '>');
  await redis.xdel(probe, id);
  await redis.xclaim(probe, 'g', 'c', 0, id, 'JUSTID');
  const [stillPending] = (await redis.xpending(probe, 'g')) as [number];
  await redis.del(probe);
  const keepsDeletedPending = stillPending > 0;
  return { keepsDeletedPending, tellsBlockedReaders: !keepsDeletedPending };
}
