import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';
import { RedisStreamsMetricsModule } from 'nestjs-redis-streams/metrics';
import { register } from 'prom-client';
import { expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

it('a meter gets the same numbers under OpenTelemetry’s names, with an error’s class where there was one', async () => {
  const stream = uniqueStream();

  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle(@Payload() { fails }: { fails?: boolean }) {
      if (fails) throw new UnrecoverableError('never');
    }
  }
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  const meter = provider.getMeter('spec');
  const app = await startApp({
    controllers: [Worker],
    imports: [RedisStreamsMetricsModule.forRoot({ meter, server: { everyMs: 1_000 } })],
  });
  await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }, { payload: { fails: true } }]);

  /** The points of an instrument by one of their attributes. */
  const points = async (name: string, by: string) => {
    exporter.reset();
    await reader.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics));
    const found = metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    return Object.fromEntries(found.map(({ attributes, value }) => [String(attributes[by]), { attributes, value }]));
  };
  const settled = await eventually(async () => {
    const now = await points('redis_streams.settled', 'redis_streams.outcome');
    return now.completed?.value === 2 && now.dead_lettered?.value === 1 && now;
  });
  expect(settled.completed!.attributes).toEqual({
    'messaging.system': 'redis_streams',
    'messaging.system.name': 'redis_streams',
    'messaging.destination.name': stream,
    'messaging.consumer.group.name': 'workers',
    'redis_streams.task': 'Worker.handle',
    'redis_streams.outcome': 'completed',
  });
  const sent = await points('messaging.client.sent.messages', 'messaging.operation.name');
  expect(sent.send).toMatchObject({ value: 3, attributes: { 'messaging.destination.name': stream } });
  const runs = await points('messaging.process.duration', 'error.type');
  expect(runs.undefined).toMatchObject({ value: { count: 2 } });
  expect(runs.UnrecoverableError).toMatchObject({
    value: { count: 1 },
    attributes: { 'messaging.operation.type': 'process' },
  });
  expect((await points('redis_streams.wait.duration', 'messaging.system')).redis_streams).toMatchObject({
    value: { count: 3 },
  });
  expect((await points('redis_streams.concurrency_limit', 'messaging.system')).redis_streams!.value).toBe(10);
  await eventually(async () => (await points('redis_streams.backlog', 'messaging.system')).redis_streams?.value === 0);
  // Where there is a meter nobody asked for prom-client's registry.
  expect(register.getSingleMetric('redis_streams_settled_total')).toBeUndefined();
});
