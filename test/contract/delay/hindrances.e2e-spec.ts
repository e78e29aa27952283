import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamMonitor } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { delayedKeys, delayTasks, serverNow } from '../../support/delayed-tasks.js';
import { eventually } from '../../support/eventually.js';
import { type OwnRedis, ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

async function setUp(redis?: OwnRedis) {
  const stream = uniqueStream('delayed');
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 600 })
    async handle(@Ctx() { taskId }: StreamContext) {
      runs.push(taskId);
    }
  }
  const url = redis?.url ?? process.env.REDIS_URL!;
  return {
    ...{ stream, runs, cli: redisCli(url), keys: delayedKeys(stream) },
    startWorker: () => startApp({ controllers: [Worker], options: { connection: url, blockMs: 500 } }),
  };
}

it('while the memory is full, what was accepted is run when it is due', async () => {
  const redis = await ownRedis();
  const { stream, runs, cli, startWorker } = await setUp(redis);
  await startWorker();
  const ids = await delayTasks(cli, stream, (await serverNow(cli)) + 300, ['n', '1'], ['n', '2']);
  await cli.config('SET', 'maxmemory', '1');
  await expect(cli.set('a', 'b')).rejects.toThrow(/OOM/);
  await eventually(() => runs.length === 2);
  expect(runs.toSorted()).toEqual(ids.toSorted());
});

it('when Redis was restarted, has forgotten its scripts or was away when a task was due, it is run', async () => {
  const redis = await ownRedis();
  const { stream, runs, cli, startWorker } = await setUp(redis);
  await startWorker();
  const now = await serverNow(cli);
  const ids: string[] = [];
  for (const inMs of [200, 700, 1_000]) ids.push(...(await delayTasks(cli, stream, now + inMs, ['n', `${inMs}`])));
  await eventually(() => runs.length > 0);
  await cli.script('FLUSH');
  await eventually(() => runs.length > 1);
  await redis.kill();
  await redis.restart();
  await eventually(() => runs.length > 2, 15_000);
  expect(runs).toEqual(ids);
});

it('where no worker is up, who adds tasks lets enter what is due, also what others have left', async () => {
  const { stream, cli, keys } = await setUp();
  const [left] = await delayTasks(cli, stream, 5, ['n', '1']);
  const { producer } = await startApp({});
  await producer.add(stream, { n: 2 });
  const id = await producer.add(stream, { n: 3 }, { delayMs: 5_500 });
  await eventually(async () => (await cli.xlen(stream)) === 3);
  expect(await cli.exists(keys.record(left!), keys.record(id))).toBe(2);
});

it('what somebody else has put there holds up nothing, is told, and is a dead letter', async () => {
  const { stream, runs, cli, keys, startWorker } = await setUp();
  const [bad] = await delayTasks(cli, stream, 4, ['n', '1']);
  const [gone, good] = await delayTasks(cli, stream, 5, ['n', '2'], ['n', '3']);
  await cli.hset(keys.tasks, bad!, 'no JSON');
  await cli.hdel(keys.tasks, gone!);
  const app = await startWorker();
  await eventually(() => runs.length === 1);
  expect(runs).toEqual([good]);
  for (const [id, reason] of [
    [bad, 'is no list of field names and values'],
    [gone, 'nothing is stored of it'],
  ]) {
    const told = new RegExp(`The delayed task ${id} .*cannot be run, as .*${reason}`);
    await eventually(() => app.logs.matching('error', told).length === 1);
  }
  const letters: unknown[] = [];
  for await (const { reason, errorText } of app.get(StreamMonitor).deadLetters(stream))
    letters.push({ reason, errorText });
  expect(letters).toEqual([
    { reason: 'undecodable', errorText: 'what is stored of it is no list of field names and values' },
    { reason: 'undecodable', errorText: 'nothing is stored of it' },
  ]);
  expect(await cli.exists(keys.delayed, keys.tasks)).toBe(0);
});

it('while another key is in the place of the stream it is told once, nothing is lost, and all is run afterwards', async () => {
  const { stream, runs, cli, keys, startWorker } = await setUp();
  const [first] = await delayTasks(cli, stream, 5, ['n', '1']);
  const [second] = await delayTasks(cli, stream, (await serverNow(cli)) + 2_500, ['n', '2']);
  const app = await startWorker();
  await eventually(() => runs.length === 1);
  await cli.del(stream);
  await cli.set(stream, 'a text');
  await eventually(() => app.logs.matching('warn', /cannot enter '.*WRONGTYPE/).length > 0);
  expect(await cli.zcard(keys.delayed)).toBe(1);
  await cli.del(stream);
  await eventually(() => runs.length === 2, 20_000);
  expect(runs).toEqual([first, second]);
  expect(app.logs.matching('warn', /Delayed tasks/)).toHaveLength(1);
});
