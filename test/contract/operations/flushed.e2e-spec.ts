import { DeadLetters } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { ownRedis } from '../../support/own-redis.js';
import { deadLetterKey } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

async function underWay() {
  const { url } = await ownRedis('--appendonly', 'no');
  const cli = redisCli(url);
  const stream = uniqueStream('flushed');
  const workers = await moodyWorkers({ stream, url, cli });
  await workers.killTasks(100);
  workers.fails = () => false;
  const letters = workers.app.get(DeadLetters);
  const redrive = await letters.redrive(stream, { all: true }, { rate: 100 });
  await eventually(() => workers.done.length > 10);
  return { cli, stream, workers, letters, redrive };
}

it('a redrive goes on when Redis forgets all scripts', async () => {
  const { cli, stream, workers, redrive } = await underWay();
  await cli.script('FLUSH');
  expect(await redrive.ended()).toMatchObject({ state: 'done', done: 100, skipped: {} });
  await eventually(() => workers.done.length === 100);
  expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
});

it('when Redis forgets everything, a redrive ends with an error that says so, and another one can start', async () => {
  const { cli, stream, workers, letters, redrive } = await underWay();
  await cli.flushall();
  await expect(redrive.ended()).rejects.toThrow(/knows nothing of the bulk action 'op_.*' any more/);
  workers.fails = () => true;
  await eventually(async () => (await workers.app.producer.add(stream, { n: 1 })) !== '');
  await eventually(async () => (await cli.xlen(deadLetterKey(stream))) > 0, 20_000);
  workers.fails = () => false;
  const next = await letters.redrive(stream, { all: true }, { rate: 0 });
  expect(await next.ended()).toMatchObject({ state: 'done', done: 1 });
});
