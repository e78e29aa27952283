import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamGroups, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

it('nothing starts while a group is paused: no new task, no retry, no delayed task, and nothing that a dead worker left; resumed, each runs once', async () => {
  const stream = uniqueStream('paused');
  const cli = redisCli();
  const started: string[] = [];
  const release = deferred();
  const fail = deferred();

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 600, retry: { backoff: { initialMs: 300, jitter: 0 } } })
    async handle(@Payload() { kind }: { kind: string }, @Ctx() { deliveryCount }: StreamContext) {
      started.push(kind);
      if (kind === 'fails' && deliveryCount === 1) {
        await fail.promise;
        throw new Error('once');
      }
      if (kind === 'long') await release.promise;
    }
  }
  // It takes the first task, and dies with it.
  const dying = await startWorker({ stream, options: { concurrency: 1, leaseMs: 600 }, taskMs: 60_000 });
  const { producer } = await startApp({ options: { consume: false } });
  const left = await producer.add(stream, { kind: 'left' });
  await eventually(() => dying.started(left).length === 1);

  const app = await startApp({ controllers: [Worker] });
  const groups = app.get(StreamGroups);
  await producer.addBulk(stream, [{ payload: { kind: 'long' } }, { payload: { kind: 'fails' } }]);
  await eventually(() => started.length === 2);
  const pause = await groups.pause(stream, { reason: 'a rebuild', by: 'ops' });
  expect(pause).toMatchObject({ reason: 'a rebuild', by: 'ops', until: undefined });
  await eventually(async () => (await groups.get(stream)).workers.some(({ hasHeard }) => hasHeard));
  // Only now, so that neither the retry nor what was left is due before the pause.
  fail.resolve();
  await dying.kill();

  const before = [...started];
  await producer.add(stream, { kind: 'new' });
  await producer.add(stream, { kind: 'delayed' }, { delayMs: 50 });
  // Long past the due time of the retry, and the lease of what was left.
  await eventually(async () => {
    const { leftBehind, retryScheduled } = await groups.get(stream);
    return leftBehind === 1 && retryScheduled === 1 && (await cli.xlen(stream)) === 5;
  });
  const seen = await cli.time();
  await eventually(async () => Number((await cli.time())[0]) - Number(seen[0]) >= 2);
  expect(started).toEqual(before);

  // What runs goes on, keeps its lease, and is settled.
  expect((await groups.get(stream)).running).toHaveLength(1);
  release.resolve();
  await eventually(async () => (await groups.get(stream)).running.length === 0);
  expect(started).toEqual(before);

  expect(await groups.resume(stream)).toMatchObject({ by: 'ops' });
  await eventually(async () => (await pendingCount(cli, stream)) === 0 && started.length === 6);
  expect(started.toSorted()).toEqual(['delayed', 'fails', 'fails', 'left', 'long', 'new']);
  expect(await app.get(StreamTasks).get(stream, left)).toMatchObject({ state: 'completed' });
  expect(await groups.resume(stream)).toBeUndefined();
});
