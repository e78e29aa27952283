import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisStreamsModule, StreamHandler, StreamProducer } from 'nestjs-redis-streams';
import { RedisStreamsMetricsModule } from 'nestjs-redis-streams/metrics';
import { AggregatorRegistry, Counter, Histogram, Registry, register } from 'prom-client';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { metricsOf } from '../../support/metrics.js';
import { uniqueStream } from '../../support/streams.js';

function workerOn(stream: string) {
  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle() {}
  }
  return Worker;
}

const startWith = (options: object) => startApp({ imports: [RedisStreamsMetricsModule.forRoot(options)] });
const metricsModule = (registry: Registry) => RedisStreamsMetricsModule.forRoot({ registry, server: false });

it('two applications of one process count together, and what one has counted stays when it is closed', async () => {
  const stream = uniqueStream();
  const registry = new Registry();
  const labels = { stream, group: 'workers' };
  const parts = () => ({ controllers: [workerOn(stream)], imports: [metricsModule(registry)] });
  const first = await startApp(parts());
  const second = await startApp(parts());
  await first.producer.addBulk(stream, [{ payload: {} }, { payload: {} }]);
  await second.producer.add(stream, {});
  const completed = { ...labels, task: 'Worker.handle', outcome: 'completed' };
  const together = await eventually(async () => {
    const now = await metricsOf(registry);
    return now.of('settled_total', completed) === 3 && now;
  });
  expect(together.of('sent_messages_total', { stream, outcome: 'ok' })).toBe(3);
  expect(together.of('consumed_messages_total', labels)).toBe(3);
  expect(together.of('concurrency_limit', labels)).toBe(20);

  await first.close();
  const left = await metricsOf(registry);
  expect(left.of('settled_total', completed)).toBe(3);
  expect(left.of('consumed_messages_total', labels)).toBe(3);
  expect(left.of('concurrency_limit', labels)).toBe(10);

  // As with a hot reload: the same module starts once more.
  await second.close();
  const third = await startApp(parts());
  await third.producer.add(stream, {});
  await eventually(async () => (await metricsOf(registry)).of('settled_total', completed) === 4);
  expect((await metricsOf(registry)).of('consumed_messages_total', labels)).toBe(4);
});

it('the default registry is prom-client’s own, and its resets and the other format of text are honoured', async () => {
  const stream = uniqueStream();
  try {
    const app = await startApp({
      controllers: [workerOn(stream)],
      imports: [RedisStreamsMetricsModule.forRoot({ server: false })],
    });
    await app.producer.add(stream, {});
    const sent = { stream, outcome: 'ok' };
    expect((await metricsOf(register)).of('sent_messages_total', sent)).toBe(1);
    register.resetMetrics();
    expect((await metricsOf(register)).of('sent_messages_total', sent)).toBe(0);
    const [json] = (await register.getMetricsAsJSON()).filter(({ name }) => name === 'redis_streams_settled_total');
    expect(json).toMatchObject({ type: 'counter', aggregator: 'sum' });
    const together = AggregatorRegistry.aggregate([await register.getMetricsAsJSON()] as never);
    expect(await together.metrics()).toContain('redis_streams_settled_total{');
  } finally {
    register.clear();
  }
  const open = new Registry();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  const app = await startApp({ imports: [metricsModule(open)] });
  await app.producer.add(stream, {});
  for (let n = 0; n < 2; n++) {
    const text = await open.metrics();
    expect(text).toContain('# TYPE redis_streams_sent_messages counter');
    expect(text).toContain(`redis_streams_sent_messages_total{stream="${stream}",outcome="ok"} 1`);
  }
});

it('another prefix, and metrics of the application’s own beside them', async () => {
  const stream = uniqueStream();
  const registry = new Registry();
  new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] }).inc();
  await startApp({
    controllers: [workerOn(stream)],
    imports: [
      RedisStreamsMetricsModule.forRootAsync({
        useFactory: async () => ({ registry, prefix: 'queue_', server: false, buckets: { process: [1, 60] } }),
      }),
    ],
  });
  const { text } = await metricsOf(registry);
  expect(text).toContain('orders_total 1');
  expect(text).toContain(`queue_concurrency_limit{stream="${stream}",group="workers"} 10`);
  expect(text.match(/le="[^"]+"/g)).toEqual(expect.arrayContaining(['le="60"', 'le="+Inf"']));
  expect(text).not.toContain('redis_streams_');
});

it('a name that is taken, or a second import for one registry, is an error that says what to do', async () => {
  const taken = new Registry();
  taken.registerMetric(new Histogram({ name: 'redis_streams_in_flight', help: 'Not ours.', registers: [] }));
  await expect(startApp({ imports: [metricsModule(taken)] })).rejects.toThrow(
    /'redis_streams_in_flight' of somebody else.* another prefix/,
  );
  const registry = new Registry();
  await expect(
    startApp({ imports: [metricsModule(registry), { ...metricsModule(registry), global: true }] }),
  ).rejects.toThrow(/imported twice/);
});

it('wrong options are errors at the start', async () => {
  await expect(startWith({ regsitry: new Registry() })).rejects.toThrow("Unknown option 'regsitry'");
  await expect(startWith({ registry: {} })).rejects.toThrow(/registry must be a registry of prom-client/);
  await expect(startWith({ prefix: '9' })).rejects.toThrow(/prefix must be letters/);
  await expect(startWith({ buckets: { wait: [5, 1] } })).rejects.toThrow(
    /buckets.wait must be a list of ascending numbers/,
  );
  await expect(startWith({ server: true })).rejects.toThrow(/server must be false, or an object/);
});

it('without RedisStreamsModule there is nothing to count, which is said', async () => {
  @Module({ imports: [RedisStreamsMetricsModule.forRoot({ registry: new Registry() })] })
  class Alone {}
  await expect(NestFactory.createApplicationContext(Alone, { logger: false, abortOnError: false })).rejects.toThrow(
    /needs RedisStreamsModule.forRoot/,
  );
});

it('an application without the module has nothing of it', async () => {
  const app = await startApp({ imports: [] });
  expect(app.get(StreamProducer)).toBeDefined();
  expect(app.get(RedisStreamsModule)).toBeDefined();
});

it('where streams’ names are made up, those beyond 500 are counted as one', async () => {
  const registry = new Registry();
  const app = await startApp({ imports: [metricsModule(registry)] });
  const base = uniqueStream();
  const names = Array.from({ length: 520 }, (_, n) => `${base}:${n}`);
  await Promise.all(names.map((name) => app.producer.add(name, {}, { maxLen: 1 })));
  const metrics = await metricsOf(registry);
  expect(metrics.of('sent_messages_total', { stream: '<unmatched>', outcome: 'ok' })).toBe(20);
  expect(Object.keys(metrics.all('sent_messages_total', { outcome: 'ok' }, 'stream'))).toHaveLength(501);
});
