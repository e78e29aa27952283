import { Controller, Get, Param, ServiceUnavailableException } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Payload } from '@nestjs/microservices';
import {
  type GroupBacklog,
  RedisStreamsModule,
  StreamGroups,
  StreamHandler,
  StreamMonitor,
  StreamProducer,
} from 'nestjs-redis-streams';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { uniqueStream } from '../../support/streams.js';

/** As docs/autoscaling.md shows it. */
@Controller('queues')
class BacklogController {
  constructor(private readonly monitor: StreamMonitor) {}

  @Get(':stream/:group/backlog')
  backlog(@Param('stream') stream: string, @Param('group') group: string) {
    return this.monitor.backlog(stream, { group }).catch((error: Error) => {
      throw new ServiceUnavailableException(error.message);
    });
  }
}

/** An API process, which does not scale to zero, and what it answers a scaler. */
async function api(connection?: string) {
  const options = { ...(connection && { connection }), consume: false, addTimeoutMs: 500 };
  const module = await Test.createTestingModule({
    imports: [RedisStreamsModule.forRoot(options)],
    controllers: [BacklogController],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  onTestFinished(() => app.close());
  await app.listen(0);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const ask = async (stream: string, group = 'workers') => {
    const path = `queues/${encodeURIComponent(stream)}/${group}/backlog`;
    const response = await fetch(`http://127.0.0.1:${port}/${path}`);
    return { status: response.status, body: (await response.json()) as GroupBacklog };
  };
  return { ask, producer: app.get(StreamProducer), groups: app.get(StreamGroups) };
}

it('a scaler is told what there is to do, from zero workers and back to zero: retries and delayed tasks once they are due', async () => {
  const stream = uniqueStream('scaled');
  const { ask, producer } = await api();
  const nothing = { value: 0, paused: false, waiting: 0, running: 0, dueRetries: 0, delayedDue: 0, exact: true };
  expect(await ask(stream)).toEqual({ status: 200, body: nothing });

  // No worker was ever there: one is called for, which creates the group.
  await producer.addBulk(
    stream,
    Array.from({ length: 3 }, () => ({ payload: { kind: 'waits' } })),
  );
  expect((await ask(stream)).body).toMatchObject({ value: 1, exact: false });

  const held = deferred();
  let running = 0;
  let isFirstLater = true;

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 2, retry: { backoff: { initialMs: 700, jitter: 0 } } })
    async handle(@Payload() { kind }: { kind: string }) {
      if (kind === 'fails' && isFirstLater) {
        isFirstLater = false;
        throw new Error('later');
      }
      running++;
      await held.promise;
    }
  }
  const worker = await startApp({ controllers: [Worker] });
  await eventually(() => running === 2);
  expect((await ask(stream)).body).toEqual({ ...nothing, value: 3, waiting: 1, running: 2 });
  held.resolve();
  await eventually(async () => (await ask(stream)).body.value === 0);

  // A retry that is planned is none to start workers for; one that is due is.
  await producer.add(stream, { kind: 'fails' });
  await eventually(() => !isFirstLater);
  await worker.close();
  const planned = (await ask(stream)).body;
  expect(planned.running).toBe(0);
  await eventually(async () => (await ask(stream)).body.dueRetries === 1);
  expect((await ask(stream)).body).toEqual({ ...nothing, value: 1, dueRetries: 1 });

  // Nobody else is there to let it in.
  const { ask: idle, producer: adds, groups } = await api();
  await adds.add(stream, { kind: 'delayed' }, { delayMs: 3_600_000 });
  expect((await idle(stream)).body).toEqual({ ...nothing, value: 1, dueRetries: 1 });
  await adds.add(stream, { kind: 'delayed' }, { delayMs: 200 });
  await eventually(async () => (await idle(stream)).body.value === 2);

  await groups.pause(stream);
  expect((await idle(stream)).body).toMatchObject({ value: 0, paused: true });
  await groups.resume(stream);
  expect((await idle(stream)).body.value).toBe(2);
});

it('503, not 0, where Redis does not answer; a group that is misspelt calls for one worker at most', async () => {
  const redis = await ownRedis();
  const stream = uniqueStream('unknown');
  const { ask, producer } = await api(redis.url);
  await producer.addBulk(
    stream,
    Array.from({ length: 50 }, () => ({ payload: {} })),
  );
  expect(await ask(stream, 'wrokers')).toMatchObject({ status: 200, body: { value: 1, exact: false } });
  redis.freeze();
  expect((await ask(stream)).status).toBe(503);
  redis.thaw();
  await eventually(async () => (await ask(stream)).status === 200);
});
