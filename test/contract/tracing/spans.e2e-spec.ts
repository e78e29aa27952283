import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { trace } from '@opentelemetry/api';
import {
  RedisStreamsClient,
  RetryLaterError,
  StreamContext,
  StreamHandler,
  StreamSchedules,
  StreamTasks,
} from 'nestjs-redis-streams';
import { RedisStreamsTracingModule, type RedisStreamsTracingOptions } from 'nestjs-redis-streams/tracing';
import { firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { Instruments } from '../../../libs/redis-streams/src/wiring/instruments.js';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';
import { Traces } from '../../support/traces.js';

/** An application whose handler does what its spec says, and how it was traced. */
async function tracedApp(
  options: RedisStreamsTracingOptions = {},
  run: (context: StreamContext) => unknown = () => undefined,
) {
  const traces = new Traces();
  const stream = uniqueStream();
  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { backoff: { initialMs: 1, jitter: 0 } } })
    handle(@Ctx() context: StreamContext) {
      return run(context);
    }
  }
  const app = await startApp({ controllers: [Worker], imports: [RedisStreamsTracingModule.forRoot(options)] });
  return { traces, stream, app };
}

const COMMON = { 'messaging.system.name': 'redis_streams', 'messaging.system': 'redis_streams' };

it('an add and its attempt are two spans, in a trace each, the second with a link to the first', async () => {
  const { traces, stream, app } = await tracedApp();
  const [request, id] = await traces.within('request', async (span) => [
    span,
    await app.producer.add(stream, { n: 1 }),
  ]);
  const send = await traces.one(`send ${stream}`);
  const process = await traces.one(`process ${stream}`);
  expect(send).toMatchObject({ kind: 'PRODUCER', parent: request.spanId, trace: request.traceId, links: [] });
  expect(send.attributes).toEqual({
    ...COMMON,
    'messaging.destination.name': stream,
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.message.id': id,
  });
  expect(process).toMatchObject({ kind: 'CONSUMER', parent: undefined, links: [send.id] });
  expect(process.trace).not.toBe(send.trace);
  expect(process.attributes).toEqual({
    ...COMMON,
    'messaging.destination.name': stream,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.message.id': id,
    'messaging.consumer.group.name': 'workers',
    'messaging.client.id': expect.stringMatching(/./),
    'redis_streams.task': 'Worker.handle',
    'redis_streams.message.delivery_count': 1,
    'redis_streams.wait_ms': expect.any(Number),
    'redis_streams.outcome': 'completed',
  });
  expect([send.status, process.status]).toEqual(['UNSET', 'UNSET']);
  expect(traces.spans).toHaveLength(3);
});

it('with correlation parent it is one trace; a stream may have its own', async () => {
  const { traces, stream, app } = await tracedApp({ correlation: 'parent' });
  await app.producer.add(stream, {});
  const [send, process] = [await traces.one(`send ${stream}`), await traces.one(`process ${stream}`)];
  expect(process).toMatchObject({ parent: send.id, trace: send.trace, links: [] });

  const other = uniqueStream();
  @Controller()
  class Worker {
    @StreamHandler(other)
    handle() {}
  }
  const streams = { [other]: { correlation: 'parent' } } as const;
  const apart = await startApp({ controllers: [Worker], imports: [RedisStreamsTracingModule.forRoot({ streams })] });
  await apart.producer.add(other, {});
  const [sent, processed] = [await traces.one(`send ${other}`), await traces.one(`process ${other}`)];
  expect(processed.parent).toBe(sent.id);
});

it('what addBulk adds is created one by one and sent once; beyond the limit it is only sent', async () => {
  const { traces, stream, app } = await tracedApp({ createSpansUpTo: 3 });
  const ids = await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }, { payload: {} }]);
  const created = await traces.ended(`create ${stream}`, 3);
  const send = await traces.one(`send ${stream}`);
  const processed = await traces.ended(`process ${stream}`, 3);
  expect(created.map(({ kind, attributes }) => [kind, attributes['messaging.message.id']])).toEqual(
    ids.map((id) => ['PRODUCER', id]),
  );
  expect(send).toMatchObject({ kind: 'CLIENT', links: created.map(({ id }) => id) });
  expect(send.attributes['messaging.batch.message_count']).toBe(3);
  for (const { links, attributes } of processed) {
    const [own] = created.filter(
      (span) => span.attributes['messaging.message.id'] === attributes['messaging.message.id'],
    );
    expect(links).toEqual([own!.id]);
  }

  await app.producer.addBulk(
    stream,
    Array.from({ length: 4 }, () => ({ payload: {} })),
  );
  const [, larger] = await traces.ended(`send ${stream}`, 2);
  expect(larger).toMatchObject({ kind: 'PRODUCER', links: [] });
  const all = await traces.ended(`process ${stream}`, 7);
  expect(all.slice(3).map(({ links }) => links)).toEqual(Array.from({ length: 4 }, () => [larger!.id]));
  expect(traces.named(`create ${stream}`)).toHaveLength(3);
});

it('a failed attempt is an error, the one that follows is not, and links to it', async () => {
  const { traces, stream, app } = await tracedApp({ settleSpans: true }, ({ deliveryCount }) => {
    if (deliveryCount === 1) throw new TypeError('no luck');
  });
  await app.producer.add(stream, {});
  const [failed, then] = await traces.ended(`process ${stream}`, 2);
  expect(failed).toMatchObject({ status: 'ERROR', events: ['exception'] });
  expect(failed!.attributes).toMatchObject({ 'error.type': 'TypeError', 'redis_streams.outcome': 'retried' });
  expect(failed!.span.status.message).toBe('TypeError: no luck');
  const send = await traces.one(`send ${stream}`);
  expect(then).toMatchObject({ status: 'UNSET', events: [], links: [send.id, failed!.id] });
  expect(then!.attributes).toMatchObject({
    'redis_streams.outcome': 'completed',
    'redis_streams.message.delivery_count': 2,
  });
  expect(then!.attributes).not.toHaveProperty('error.type');
  expect(then!.attributes).not.toHaveProperty('redis_streams.wait_ms');
  const [retry, ack] = [await traces.one(`retry ${stream}`), await traces.one(`ack ${stream}`)];
  expect(retry).toMatchObject({ kind: 'CLIENT', parent: failed!.id });
  expect(retry.attributes['redis_streams.retry.delay_ms']).toBe(1);
  expect(ack).toMatchObject({ kind: 'CLIENT', parent: then!.id });
});

it('another time that the handler asks for is no error', async () => {
  let runs = 0;
  const { traces, stream, app } = await tracedApp({}, () => {
    if (runs++ === 0) throw new RetryLaterError(1);
  });
  await app.producer.add(stream, {});
  const [postponed, then] = await traces.ended(`process ${stream}`, 2);
  expect(postponed).toMatchObject({ status: 'UNSET', events: [] });
  expect(postponed!.attributes['redis_streams.outcome']).toBe('retried');
  expect(postponed!.attributes).not.toHaveProperty('error.type');
  expect(then!.links).toContain(postponed!.id);
});

it('an add that fails is an error', async () => {
  const { traces, stream, app } = await tracedApp();
  await expect(app.producer.add(stream, { when: new Date(Number.NaN) })).rejects.toThrow();
  const send = await traces.one(`send ${stream}`);
  expect(send.status).toBe('ERROR');
  expect(send.attributes['error.type']).toBe('EncodeError');
});

it('the trace goes with delayed adds, run, send and what somebody triggers; a tick of a schedule begins its own', async () => {
  const { traces, stream, app } = await tracedApp({ correlation: 'parent' }, () => 'done');
  const delayed = await app.producer.add(stream, {}, { delayMs: 1 });
  await app.get(StreamTasks).run(stream, {});
  await firstValueFrom(app.get(RedisStreamsClient).send(stream, {}));
  const schedules = app.get(StreamSchedules);
  await schedules.upsert(stream, { name: 'plan', everyMs: 2_592_000_000, payload: {} });
  await schedules.trigger(stream, 'plan');
  const sent = await traces.ended(`send ${stream}`, 4);
  const processed = await traces.ended(`process ${stream}`, 4);
  expect(new Set(processed.map(({ parent }) => parent))).toEqual(new Set(sent.map(({ id }) => id)));
  const first = processed.find(({ attributes }) => attributes['messaging.message.id'] === delayed)!;
  expect(first.attributes['redis_streams.entry_id']).toMatch(/^\d+-\d+$/);

  await schedules.upsert(stream, { name: 'soon', everyMs: 1_000, payload: {} });
  const ticked = await eventually(() =>
    traces.named(`process ${stream}`).find(({ attributes }) => attributes['redis_streams.schedule'] === 'soon'),
  );
  await schedules.remove(stream, 'soon');
  expect(ticked).toMatchObject({ parent: undefined, links: [] });
  expect(traces.named(`send ${stream}`)).toHaveLength(4);
});

it('a traceparent of the user’s own is left as it is, and counts', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { traces, stream, app } = await tracedApp({ correlation: 'parent' });
  await app.producer.add(stream, {}, { headers: { traceparent, tracestate: 'vendor=1' } });
  const process = await traces.one(`process ${stream}`);
  expect(process).toMatchObject({ parent: 'b7ad6b7169203331', trace: '0af7651916cd43dd8448eb211c80319c' });
  expect(process.span.spanContext().traceState?.serialize()).toBe('vendor=1');
});

it('nothing is traced, and nothing changes, where no provider is registered', async () => {
  const stream = uniqueStream();
  const headers: unknown[] = [];
  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle(@Ctx() context: StreamContext) {
      headers.push({ ...context.headers });
    }
  }
  expect(trace.getActiveSpan()).toBeUndefined();
  const app = await startApp({ controllers: [Worker], imports: [RedisStreamsTracingModule.forRoot()] });
  await app.producer.add(stream, {}, { headers: { mine: '1' } });
  await eventually(() => headers.length === 1);
  expect(headers).toEqual([{ mine: '1' }]);
  const nothing = {
    observers: [],
    aroundAdds: [],
    aroundRuns: [],
    aroundForwards: [],
    aroundOperations: [],
    aroundTold: [],
  };
  expect(app.get(Instruments)).toMatchObject(nothing);
  expect(app.logs.matching('log', /No tracer provider is registered/)).toHaveLength(1);
});
