import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { DeadLetters, StreamHandler, StreamOperations, UnrecoverableError } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { deadLetterKey } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('thousands of letters are redriven no faster than at their rate', async () => {
  const stream = uniqueStream('pace');
  const workers = await moodyWorkers({ stream, options: { retention: { maxEntries: 100_000 } } });
  await workers.killTasks(2_000);
  workers.fails = () => false;
  const redrive = await workers.app.get(DeadLetters).redrive(stream, { all: true }, { rate: 2_000 });
  const { done, state, startedAt, endedAt } = await redrive.ended();
  expect({ done, state }).toEqual({ done: 2_000, state: 'done' });
  // Less the first part, which goes at once, and a millisecond of Redis's clock.
  expect(endedAt!.getTime() - startedAt.getTime()).toBeGreaterThanOrEqual((2_000 - 100) / 2 - 1);
  await eventually(() => workers.done.length === 2_000, 20_000);
});

it('a redrive waits while its group has too much to do, says so, and goes on when it has not', async () => {
  const stream = uniqueStream('brake');
  const release = deferred();
  let isOver = false;
  const done: number[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 1, retry: { maxDeliveries: 1 } })
    async handle(@Payload() { n }: { n: number }) {
      if (n < 0 && !isOver) throw new UnrecoverableError('429');
      if (n === 0) await release.promise;
      done.push(n);
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const cli = redisCli();
  for (const n of [-1, -2, -3]) await app.producer.add(stream, { n });
  await eventually(async () => (await cli.xlen(deadLetterKey(stream))) === 3);
  isOver = true;
  for (const n of [0, 1, 2, 3, 4, 5]) await app.producer.add(stream, { n });

  const letters = app.get(DeadLetters);
  const look = async () => (await app.get(StreamOperations).get(stream, redrive.id))!;
  const redrive = await letters.redrive(stream, { all: true }, { rate: 0, maxBacklog: 2 });
  await eventually(async () => (await look()).waitsFor !== undefined, 10_000);
  expect(await look()).toMatchObject({
    state: 'running',
    done: 0,
    waitsFor: expect.stringContaining('2 tasks or more that are not delivered yet'),
  });
  expect(await cli.xlen(deadLetterKey(stream))).toBe(3);
  release.resolve();
  expect(await redrive.ended()).toMatchObject({ state: 'done', done: 3 });
  await eventually(() => done.length === 9);
});
