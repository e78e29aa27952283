import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { DeadLetters, StreamOperations } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { startOperator } from '../../support/operator-process.js';
import { deadLetterKey, entriesOf, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { kill } from '../../support/reply-process.js';
import { uniqueStream } from '../../support/streams.js';

/** Tasks that have died, of which the first ones are no longer in the stream. */
async function setUp(count: number, trimmed: number) {
  const stream = uniqueStream('copy-trimmed');
  const cli = redisCli();
  const workers = await moodyWorkers({ stream });
  const ids = await workers.killTasks(count);
  if (trimmed > 0) await cli.xdel(stream, ...ids.slice(0, trimmed));
  workers.fails = () => false;
  return { stream, cli, workers, ids, letters: workers.app.get(DeadLetters) };
}

it('letters whose entries were trimmed stay, unless it is asked for copies: these are new tasks, beside others that are redriven in place', async () => {
  const { stream, cli, workers, ids, letters } = await setUp(12, 5);
  const plain = await letters.redrive(stream, { all: true }, { rate: 0 });
  expect(await plain.ended()).toMatchObject({ done: 7, skipped: { 'not-in-stream': 5 } });
  const copies = await letters.redrive(stream, { all: true }, { rate: 0, copyTrimmed: true });
  expect(await copies.ended()).toMatchObject({ state: 'done', done: 5, skipped: {} });
  await eventually(() => workers.done.length === 12);
  const copied = workers.done.filter((id) => !ids.includes(id));
  expect(copied).toHaveLength(5);
  expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
});

it(
  'copies whose process is killed are gone on with: each trimmed task is added once, and counted as done',
  { timeout: 60_000 },
  async () => {
    const { stream, cli, workers, ids } = await setUp(120, 120);
    const { operator, id } = await startOperator({
      stream,
      redrive: { all: true },
      options: { rate: 100, copyTrimmed: true },
    });
    await eventually(() => workers.done.length > 20);
    await kill(operator);
    const end = await workers.app.get(StreamOperations).ended(stream, id);
    expect(end).toMatchObject({ state: 'done', done: 120, skipped: {} });
    await eventually(() => workers.done.length === 120);
    const origins = (await entriesOf(cli, stream)).map(
      ({ fields }) => (JSON.parse(fields['~.life']!) as { origin: { id: string } }).origin.id,
    );
    expect(origins.toSorted()).toEqual(ids.toSorted());
    expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
  },
);

it(
  'cancelled, or killed with kill -9, at any time, each task is either added or still a letter, also two days later',
  { timeout: 60_000 },
  async () => {
    const { stream, cli, workers, ids, letters } = await setUp(400, 400);
    const operations = workers.app.get(StreamOperations);
    const addedAndLeft = async () => {
      const added = (await entriesOf(cli, stream)).map(
        ({ fields }) => (JSON.parse(fields['~.life']!) as { origin: { id: string } }).origin.id,
      );
      const left = (await entriesOf(cli, deadLetterKey(stream))).map(({ fields }) => fields['~dead-id']!);
      return [...added, ...left].toSorted();
    };
    const options = { rate: 0, copyTrimmed: true };
    for (let round = 0; round < 2; round++) {
      const { operator, id } = await startOperator({
        stream,
        redrive: { all: true },
        options: { ...options, rate: 300 },
      });
      await wait(Math.random() * 200);
      await Promise.all([kill(operator), operations.cancel(stream, id)]);
      await operations.ended(stream, id);
      expect(await addedAndLeft()).toEqual(ids.toSorted());
    }
    await forgetMarkers(cli, stream);
    await (await letters.redrive(stream, { all: true }, options)).ended();
    expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
    expect(await addedAndLeft()).toEqual(ids.toSorted());
    await eventually(() => workers.done.length === ids.length);
  },
);

/** What keeps something from being added twice for a while is over. */
async function forgetMarkers(cli: Redis, stream: string): Promise<void> {
  const markers = await cli.keys(`{${stream}}:from:*`);
  if (markers.length > 0) await cli.del(...markers);
}
