import { Controller } from '@nestjs/common';
import { StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { probedApp } from '../../support/probed-app.js';
import { uniqueStream } from '../../support/streams.js';

it('an application that shuts down is not ready from the first moment, and alive while its tasks end', async () => {
  const stream = uniqueStream();
  const held = deferred();
  let running = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {
      running++;
      await held.promise;
    }
  }
  const app = await probedApp({
    controllers: [Worker],
    options: { shutdownTimeoutMs: 20_000 },
    ready: { maxBacklog: 1 },
  });
  await app.producer.add(stream, {});
  await eventually(() => running === 1);
  expect((await app.ready()).code).toBe(200);

  const closed = app.close();
  const { health } = await eventually(async () => {
    const ready = await app.ready();
    return ready.code === 503 && ready;
  });
  expect(health.reasons).toEqual(['the application is shutting down']);
  expect(await app.live()).toMatchObject({ code: 200, health: { status: 'up' } });
  held.resolve();
  await closed;
});
