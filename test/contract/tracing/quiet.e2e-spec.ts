import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { context as otel, trace } from '@opentelemetry/api';
import { Redis } from 'ioredis';
import { StreamContext, StreamHandler, StreamMonitor, StreamTasks } from 'nestjs-redis-streams';
import { RedisStreamsTracingModule } from 'nestjs-redis-streams/tracing';
import { expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { Traces } from '../../support/traces.js';

/** What instrumentations of ioredis do, and at their most talkative: a span for each command, wherever it is from. */
function instrumentCommands(): () => number {
  let asked = 0;
  // oxlint-disable-next-line typescript/unbound-method -- called with its own `this`
  const { sendCommand } = Redis.prototype;
  Redis.prototype.sendCommand = function (...call) {
    asked++;
    trace.getTracer('commands').startSpan(call[0].name, {}, otel.active()).end();
    return sendCommand.apply(this, call);
  };
  onTestFinished(() => void (Redis.prototype.sendCommand = sendCommand));
  return () => asked;
}

it('an instrumentation of Redis tells of the app’s commands, and of none of this library’s', async () => {
  const traces = new Traces();
  const stream = uniqueStream();
  const mine = redisCli();
  // What it says as it connects is not of interest.
  await mine.ping();
  const asked = instrumentCommands();
  @Controller()
  class Worker {
    @StreamHandler(stream, { result: {} })
    async handle(@Ctx() context: StreamContext) {
      context.progress(0.5);
      await mine.get('mine');
      return 'done';
    }
  }
  const app = await startApp({
    controllers: [Worker],
    imports: [RedisStreamsTracingModule.forRoot()],
    options: { blockMs: 100 },
  });
  await traces.within('request', async () => {
    const id = await app.producer.add(stream, {}, { delayMs: 5 });
    await app.get(StreamTasks).result(stream, id);
    await app.get(StreamMonitor).stats(stream);
  });
  // Some rounds of the loop.
  const before = asked();
  await eventually(() => asked() > before + 10);
  const process = await traces.one(`process ${stream}`);
  const [get, ...others] = traces.spans.filter(({ span }) => span.instrumentationScope.name === 'commands');
  expect(get).toMatchObject({ name: 'get', parent: process.id });
  expect(others.map(({ name }) => name)).toEqual([]);
});
