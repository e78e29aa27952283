import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type GroupOverview, StreamGroups, StreamHandler, StreamMonitor } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { type RunningApp, startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

/** The group `workers`, once it is so. */
function groupThatIs(app: RunningApp, stream: string, state: GroupOverview['state']): Promise<GroupOverview> {
  return eventually(async () => {
    const { groups } = await app.get(StreamMonitor).overview(stream);
    return groups.find((group) => group.group === 'workers' && group.state === state);
  });
}

it('an overview says of a group why nothing runs: nothing to do, all slots busy, all waiting for a retry', async () => {
  const stream = uniqueStream();
  const held = deferred();

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 1, retry: { backoff: { initialMs: 60_000 } } })
    async handle(@Payload() { fails }: { fails: boolean }) {
      if (fails) throw new Error('later');
      await held.promise;
    }
  }
  const app = await startApp({ controllers: [Worker] });
  // Also of a worker that was never given an entry.
  const idle = await eventually(async () => {
    const group = await groupThatIs(app, stream, 'nothing-to-do');
    return group.liveWorkers === 1 && group;
  });
  expect(idle).toMatchObject({ why: 'Nothing to do: all is finished.', slots: 1, liveWorkers: 1 });
  await app.producer.addBulk(stream, [{ payload: { fails: false } }, { payload: { fails: true } }]);
  expect((await groupThatIs(app, stream, 'slots-busy')).why).toMatch(
    /^All 1 slots are busy: 1 waiting, .* 1 running\.$/,
  );
  held.resolve();
  const { why, nextRetryAt } = await groupThatIs(app, stream, 'retry-later');
  expect(why).toMatch(/^All that is unfinished waits for its retry: 1, the next due in \d+ s\.$/);
  expect(nextRetryAt).toBeInstanceOf(Date);
});

it('and that handlers which do not end hold its slots, though their tasks are given up', async () => {
  const stream = uniqueStream();
  const held = deferred();
  const options = { concurrency: 2, timeoutMs: 50, abortGraceMs: 0, retry: { maxDeliveries: 1 } };

  @Controller()
  class Worker {
    @StreamHandler(stream, options)
    async handle() {
      await held.promise;
    }
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }, { payload: {} }]);
  const full = await eventually(async () => {
    const group = await groupThatIs(app, stream, 'slots-busy');
    return group.stuck === 2 && group;
  });
  expect(full).toMatchObject({ running: 0, slots: 2, consumers: [{ slots: 2, stuck: 2 }] });
  expect(full.why).toMatch(/^All 2 slots are busy: 1 waiting, .*\. 2 slots are held by stuck runs/);
  held.resolve();
  await eventually(async () => (await groupThatIs(app, stream, 'nothing-to-do')).stuck === 0);
});

it('and by whom it is paused, until when and why', async () => {
  const stream = uniqueStream();

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {}
  }
  const app = await startApp({ controllers: [Worker] });
  const groups = app.get(StreamGroups);
  const until = new Date(Date.now() + 600_000);
  await groups.drain(stream, { by: 'ops', reason: 'index rebuild', until });
  await app.producer.add(stream, {});
  const { why, paused } = await eventually(async () => {
    const group = await groupThatIs(app, stream, 'paused');
    return group.backlog.count === 1 && group;
  });
  expect(why).toContain(`Paused by ops until ${until.toISOString()}: index rebuild (1 waiting, `);
  expect(paused).toMatchObject({ by: 'ops', reason: 'index rebuild', until });
  await groups.resume(stream);
  expect(await groupThatIs(app, stream, 'nothing-to-do')).toMatchObject({ paused: undefined, liveWorkers: 1 });
});

it('and that there is no live worker, once the last one has died with its tasks', async () => {
  const stream = uniqueStream();
  const app = await startApp({ options: { consume: false } });
  const worker = await startWorker({ stream, options: { leaseMs: 500, concurrency: 1 }, taskMs: 60_000 });
  await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }]);
  await eventually(() => worker.started().length === 1);
  expect(await groupThatIs(app, stream, 'slots-busy')).toMatchObject({ running: 1, left: 0, liveWorkers: 1 });

  await worker.kill();
  const dead = await groupThatIs(app, stream, 'no-live-worker');
  expect(dead).toMatchObject({ running: 0, left: 1, liveWorkers: 0, consumers: [{ isAlive: false, pending: 1 }] });
  expect(dead.why).toMatch(/^No live worker: 1 waiting, .*, 1 left by workers that died\.$/);
});

it('and that Redis refuses to write', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  const app = await startApp({ options: { connection: redis.url } });
  await cli.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
  await app.producer.add(stream, {});
  await groupThatIs(app, stream, 'no-live-worker');

  await cli.config('SET', 'maxmemory', '1');
  expect((await groupThatIs(app, stream, 'writes-refused')).why).toMatch(/^Redis refuses to write: OOM /);
  await cli.config('SET', 'maxmemory', '0');
  await cli.replicaof('127.0.0.1', 1);
  expect((await groupThatIs(app, stream, 'writes-refused')).why).toMatch(/^Redis refuses to write: READONLY /);
  await cli.replicaof('NO', 'ONE');
  await groupThatIs(app, stream, 'no-live-worker');
});
