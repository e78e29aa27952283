import { DeadLetters, StreamOperations } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { addLetters } from '../../support/dead-letters.js';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { ownRedis } from '../../support/own-redis.js';
import { deadLetterKey } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('while the memory is full, a redrive and a purge go on, and none can start, which is told', async () => {
  const { url } = await ownRedis();
  const cli = redisCli(url);
  const stream = uniqueStream('full');
  const workers = await moodyWorkers({ stream, url });
  const letters = workers.app.get(DeadLetters);
  await workers.killTasks(60);
  await addLetters(cli, stream, 60, () => ({ group: 'audit' }));
  workers.fails = () => false;
  const redrive = await letters.redrive(stream, { group: 'workers' }, { rate: 60 });
  const purge = await letters.purge(stream, { group: 'audit' }, { rate: 60 });
  await cli.config('SET', 'maxmemory', '1');
  await expect(letters.redrive(stream, { ids: ['1-1'] })).rejects.toThrow(
    /redrive\('.*'\): Redis refused: .*maxmemory/,
  );
  expect(await redrive.ended()).toMatchObject({ state: 'done', done: 60 });
  expect(await purge.ended()).toMatchObject({ state: 'done', done: 60 });
  await eventually(() => workers.done.length === 60);
  expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
});

it(
  'when Redis is killed in the middle and comes back, a redrive goes on, and moves each letter once',
  { timeout: 40_000 },
  async () => {
    const redis = await ownRedis();
    const stream = uniqueStream('killed');
    const workers = await moodyWorkers({ stream, url: redis.url });
    const ids = await workers.killTasks(120);
    workers.fails = () => false;
    const redrive = await workers.app.get(DeadLetters).redrive(stream, { all: true }, { rate: 60 });
    await eventually(() => workers.done.length > 20);
    await redis.kill();
    await redis.restart();
    const cli = redisCli(redis.url);
    await eventually(() => new Set(workers.done).size === 120, 30_000);
    const end = await eventually(() => redrive.ended().catch(() => undefined));
    expect(end).toMatchObject({ state: 'done', done: 120, skipped: {} });
    expect(new Set(workers.done)).toEqual(new Set(ids));
    expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
  },
);

it('a user without a command that is needed is told so, nothing is half done, and it goes on once he may', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  await cli.call('ACL', 'SETUSER', 'narrow', 'on', '>password', '~*', '+@all', '-xdel');
  const stream = uniqueStream('narrow');
  await addLetters(cli, stream, 3);
  const app = await startApp({
    options: { connection: `redis://narrow:password@127.0.0.1:${redis.port}`, consume: false },
  });
  const letters = app.get(DeadLetters);
  const purge = await letters.purge(stream, { all: true });
  const end = await purge.ended();
  expect(end).toMatchObject({ state: 'failed', done: 0 });
  expect(end.why).toMatch(/permission|run this command/);
  expect(await cli.xlen(deadLetterKey(stream))).toBe(3);
  await cli.call('ACL', 'SETUSER', 'narrow', '+xdel');
  await app.get(StreamOperations).resume(stream, purge.id);
  expect(await purge.ended()).toMatchObject({ state: 'done', done: 3 });

  await cli.call('ACL', 'SETUSER', 'narrow', '-hset');
  await expect(letters.purge(stream, { all: true })).rejects.toThrow(
    /purge\('.*'\): Redis refused: .*(?:permission|run this command)/,
  );
});
