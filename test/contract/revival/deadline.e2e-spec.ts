import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { RetryLaterError, StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters, lastDeliveredId, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { redrive } from '../../support/revival.js';
import { uniqueStream } from '../../support/streams.js';

it('ttlMs counts anew from the redrive, for its run, its state and a request to cancel it', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const held = deferred();
  let deadlineAt: Date | undefined;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async work(@Ctx() context: StreamContext) {
      ({ deadlineAt } = context);
      await held.promise;
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const tasks = app.get(StreamTasks);
  // Added an hour ago, with 30 s to live.
  const id = (await cli.xadd(stream, `${Date.now() - 3_600_000}-0`, 'n', '1', '~.deadline', '+30000'))!;
  await eventually(async () => (await tasks.get(stream, id)).state === 'expired');
  await eventually(async () => (await lastDeliveredId(cli, stream)) === id && (await pendingCount(cli, stream)) === 0);
  const letter = ['n', '1', '~dead-group', 'workers', '~dead-id', id, '~dead-reason', 'max-deliveries'];
  const letterId = (await cli.xadd(`{${stream}}:dead`, '*', ...letter))!;

  const before = Date.now();
  expect(await redrive(app, stream, [letterId])).toEqual(['redriven']);
  await eventually(() => deadlineAt);
  expect(Math.abs(deadlineAt!.getTime() - before - 30_000)).toBeLessThan(5_000);
  expect(await tasks.get(stream, id)).toMatchObject({ state: 'running', redrives: 1, isReplay: false, deadlineAt });
  expect(await tasks.cancel(stream, id)).toBe('requested');
  held.resolve();
  await eventually(async () => (await tasks.get(stream, id)).state === 'completed');
});

it('maxAgeMs counts anew as well', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { maxAgeMs: 60_000 } })
    work() {
      if (++runs < 3) throw new RetryLaterError(5);
    }
  }
  const app = await startApp({ controllers: [Worker] });
  // Of an hour ago: whoever asks for later goes to the dead letter.
  const id = `${Date.now() - 3_600_000}-0`;
  await cli.xadd(stream, id, 'n', '1');
  const [letter] = await deadLetters(cli, stream);
  expect(letter!.fields['~dead-reason']).toBe('max-age');
  expect(await redrive(app, stream, [letter!.id])).toEqual(['redriven']);
  await eventually(() => runs === 3);
  await eventually(async () => (await app.get(StreamTasks).get(stream, id)).state === 'completed');
});
