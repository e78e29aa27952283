import { Redis } from 'ioredis';
import { type ConnectionOptions, RedisUnavailableError, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { untilReplicated } from '../../support/replication.js';
import { uniqueStream } from '../../support/streams.js';

it('what is asked of tasks finds the new primary while the old one goes on as its replica', async () => {
  const old = await ownRedis();
  const next = await ownRedis('--replicaof', '127.0.0.1', String(old.port));
  const [onOld, onNext] = [redisCli(old.url), redisCli(next.url)];
  await untilReplicated(onOld);
  // As a name does that leads to the primary of the moment.
  let { port } = old;
  const connection: ConnectionOptions = (_role, options) => new Redis({ ...options, port });
  const app = await startApp({ options: { connection } });
  const tasks = app.get(StreamTasks);
  const stream = uniqueStream();
  const ids = [await app.producer.add(stream, {}), await app.producer.add(stream, {})] as const;
  // Its connection is there by then.
  expect(await tasks.get(stream, ids[0])).toMatchObject({ state: 'waiting' });
  await untilReplicated(onOld);

  await onNext.replicaof('NO', 'ONE');
  ({ port } = next);
  await onOld.replicaof('127.0.0.1', next.port);
  expect(await Promise.all(ids.map((id) => tasks.cancel(stream, id)))).toEqual(['cancelled', 'cancelled']);
  await expect(tasks.result(stream, ids[0])).rejects.toMatchObject({ task: { state: 'cancelled' } });
  expect(await onNext.xlen(stream)).toBe(0);
});

it('where there are only replicas a cancel is refused in time, and is carried out once there is a primary', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const app = await startApp({ options: { connection: redis.url, addTimeoutMs: 1_000 } });
  const tasks = app.get(StreamTasks);
  const stream = uniqueStream();
  const id = await app.producer.add(stream, {});
  await cli.replicaof('127.0.0.1', 1);
  const error = await tasks.cancel(stream, id).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RedisUnavailableError);
  expect((error as Error).message).toMatch(/is a replica, and no primary was found within 1000 ms/);
  const cancelled = tasks.cancel(stream, id);
  await cli.replicaof('NO', 'ONE');
  expect(await cancelled).toBe('cancelled');
});
