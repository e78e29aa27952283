import { Controller } from '@nestjs/common';
import { StreamHandler } from 'nestjs-redis-streams';
import { RedisStreamsTracingModule } from 'nestjs-redis-streams/tracing';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';
import { Traces } from '../../support/traces.js';
import { startWorker } from '../../support/worker-process.js';

it(
  'what a killed worker had is an attempt in the same trace, with an event that names the worker',
  { timeout: 90_000 },
  async () => {
    const traces = new Traces();
    const stream = uniqueStream();
    const options = { leaseMs: 500 };
    const worker = await startWorker({ stream, options });
    const producing = await startApp({
      options: { consume: false },
      imports: [RedisStreamsTracingModule.forRoot()],
    });
    const id = await producing.producer.add(stream, { workMs: '600000' });
    await eventually(() => worker.started(id).length === 1);
    await worker.kill();

    @Controller()
    class Survivor {
      @StreamHandler(stream, options)
      handle() {}
    }
    await startApp({
      controllers: [Survivor],
      imports: [RedisStreamsTracingModule.forRoot({ correlation: 'parent' })],
    });
    const [attempt] = await traces.ended(`process ${stream}`);
    const send = await traces.one(`send ${stream}`);
    expect(attempt).toMatchObject({ parent: send.id, status: 'UNSET', events: ['redis_streams.taken_over'] });
    expect(attempt!.attributes).toMatchObject({
      'redis_streams.message.delivery_count': 2,
      'redis_streams.outcome': 'completed',
    });
    const from = attempt!.span.events[0]!.attributes!['redis_streams.taken_over_from'];
    expect(from).toMatch(/@500ms/);
    expect(from).not.toBe(attempt!.attributes['messaging.client.id']);
  },
);
