import { DeadLetters, StreamOperations } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { deadLetterKey, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

async function setUp(count: number) {
  const stream = uniqueStream('again');
  const workers = await moodyWorkers({ stream });
  const ids = await workers.killTasks(count);
  const { app } = workers;
  return {
    stream,
    workers,
    ids,
    cli: redisCli(),
    letters: app.get(DeadLetters),
    operations: app.get(StreamOperations),
  };
}

it('a redrive whose tasks die again stops itself, and goes on where it was when it is resumed', async () => {
  const { stream, workers, cli, letters, operations } = await setUp(200);
  const redrive = await letters.redrive(stream, { all: true }, { rate: 100 });
  const end = await redrive.ended();
  expect(end).toMatchObject({ state: 'stopped', why: expect.stringMatching(/\d+ of \d+ .*have died again/) });
  expect(end.done).toBeLessThan(200);
  expect(end.diedAgain).toBeGreaterThan(end.done / 5);
  await eventually(async () => (await cli.xlen(deadLetterKey(stream))) === 200);
  workers.fails = () => false;
  await operations.resume(stream, redrive.id);
  expect(await redrive.ended()).toMatchObject({ state: 'done', done: 200 });
  await eventually(() => workers.done.length === 200 - end.done);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(await cli.xlen(deadLetterKey(stream))).toBe(end.done);
});

it('what dies again is not met by the same redrive, is left out by the next one, and is taken by one that is told to', async () => {
  const { stream, workers, ids, cli, letters } = await setUp(60);
  // One in six.
  workers.fails = (n) => n % 6 === 0;
  const first = await letters.redrive(stream, { all: true }, { rate: 200 });
  expect(await first.ended()).toMatchObject({ state: 'done', done: 60, skipped: {} });
  await eventually(async () => (await cli.xlen(deadLetterKey(stream))) === 10);
  expect(workers.done).toHaveLength(50);
  for (const [n, id] of ids.entries()) expect(workers.failed.get(id)).toBe(n % 6 === 0 ? 2 : 1);

  const next = await letters.redrive(stream, { all: true });
  expect(await next.ended()).toMatchObject({ state: 'done', done: 0, skipped: { 'redriven-before': 10 } });
  const { causes } = await letters.summary(stream, { redriven: true });
  expect(causes).toMatchObject([{ count: 10, redriven: 10 }]);

  workers.fails = () => false;
  const again = await letters.redrive(stream, { all: true }, { again: true, rate: 0 });
  expect(await again.ended()).toMatchObject({ done: 10 });
  await eventually(() => workers.done.length === 60);
});
