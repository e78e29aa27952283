import { execFileSync } from 'node:child_process';
import { Controller } from '@nestjs/common';
import { StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';
import { createStreamsClient, type StreamsClientOptions } from 'nestjs-redis-streams/client';
import { clientTracing } from 'nestjs-redis-streams/client-tracing';
import { RedisStreamsTracingModule } from 'nestjs-redis-streams/tracing';
import { expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { Traces } from '../../support/traces.js';

function client(options: StreamsClientOptions) {
  const streams = createStreamsClient({ connection: process.env.REDIS_URL!, ...options });
  onTestFinished(() => streams.close());
  return streams;
}

it('a client without Nest traces what it adds and redrives, where it is given a tracer', async () => {
  const traces = new Traces();
  const stream = uniqueStream();
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle() {
      if (++runs === 1) throw new UnrecoverableError('not yet');
    }
  }
  await startApp({ controllers: [Worker], imports: [RedisStreamsTracingModule.forRoot()] });
  const tracing = clientTracing({ tracer: traces.provider.getTracer('a script') });
  const { producer, deadLetters: letters } = client({ tracing });
  const id = await producer.add(stream, {});
  const send = await traces.one(`send ${stream}`);
  expect(send.attributes['messaging.message.id']).toBe(id);
  const [first] = await traces.ended(`process ${stream}`);
  expect(first!.links).toEqual([send.id]);

  await eventually(async () => (await deadLetters(redisCli(), stream)).length === 1);
  await letters.redrive(stream, { all: true });
  const redrive = await traces.one(`redrive ${stream}`);
  const [, second] = await traces.ended(`process ${stream}`, 2);
  expect(second!.links).toEqual([send.id, redrive.id, first!.id]);
});

it('without a provider nothing is traced; what is no tracing, and an option of handlers, are refused', async () => {
  const stream = uniqueStream();
  const { producer } = client({ tracing: clientTracing() });
  await producer.add(stream, {});
  const [[, fields]] = (await redisCli().xrange(stream, '-', '+')) as [[string, string[]]];
  expect(fields.join()).not.toContain('traceparent');
  expect(() => client({ tracing: 'on' as never })).toThrow(/tracing must be what clientTracing/);
  expect(() => clientTracing({ settleSpans: true } as never)).toThrow(/settleSpans/);
});

it('its entry loads nothing of Nest', () => {
  const hook = `export async function resolve(name, context, next) {
    if (name.startsWith('@nestjs/')) throw new Error('loaded ' + name);
    return next(name, context);
  }`;
  const script = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
    const { clientTracing } = await import('nestjs-redis-streams/client-tracing');
    console.log(typeof clientTracing);`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()).toBe('function');
});
