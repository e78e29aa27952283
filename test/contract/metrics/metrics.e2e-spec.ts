import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { RetryLaterError, StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';
import { RedisStreamsMetricsModule } from 'nestjs-redis-streams/metrics';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { metricsOf } from '../../support/metrics.js';
import { uniqueStream } from '../../support/streams.js';

it('numbers of a process are what happened in it: tasks added, run, completed, retried, postponed and given up', async () => {
  const stream = uniqueStream();
  const tries = new Map<string, number>();

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { backoff: { initialMs: 1 } } })
    handle(@Payload() { kind }: { kind: string }) {
      const tried = (tries.get(kind) ?? 0) + 1;
      tries.set(kind, tried);
      if (kind === 'dies') throw new UnrecoverableError('never');
      if (kind === 'fails once' && tried === 1) throw new TypeError('not yet');
      if (kind === 'later' && tried === 1) throw new RetryLaterError(1);
    }
  }
  const registry = new Registry();
  const app = await startApp({
    controllers: [Worker],
    imports: [RedisStreamsMetricsModule.forRoot({ registry, server: { everyMs: 1_000 } })],
  });
  const labels = { stream, group: 'workers' };
  const task = { ...labels, task: 'Worker.handle' };

  // What is known from the start is there at once, with 0: a rate knows where it begins.
  const atFirst = await metricsOf(registry);
  expect(atFirst.of('settled_total', { ...task, outcome: 'dead_lettered' })).toBe(0);
  expect(atFirst.of('dead_lettered_total', { ...labels, reason: 'unrecoverable' })).toBe(0);
  expect(atFirst.of('sent_messages_total', { stream, outcome: 'ok' })).toBe(0);
  expect(atFirst.of('process_duration_seconds_count', { ...task, outcome: 'error' })).toBe(0);

  await app.producer.add(stream, { kind: 'well' });
  await app.producer.addBulk(
    stream,
    ['well', 'dies', 'fails once', 'later'].map((kind) => ({ payload: { kind } })),
  );
  await app.producer.add(stream, { n: 1n }).catch(() => undefined);
  const metrics = await eventually(async () => {
    const now = await metricsOf(registry);
    return now.of('settled_total', { ...task, outcome: 'completed' }) === 4 && now;
  });
  expect(metrics.all('settled_total', task, 'outcome')).toEqual({
    ...{ completed: 4, retried: 2, dead_lettered: 1, cancelled: 0, expired: 0, released: 0, lease_lost: 0 },
  });
  expect(metrics.of('consumed_messages_total', labels)).toBe(7);
  expect(metrics.all('sent_messages_total', { stream }, 'outcome')).toEqual({ ok: 5, error: 1 });
  expect(metrics.of('send_duration_seconds_count', { stream })).toBe(3);
  // The one that asked for another time has not failed.
  expect(metrics.of('process_duration_seconds_count', { ...task, outcome: 'ok' })).toBe(5);
  expect(metrics.of('process_duration_seconds_count', { ...task, outcome: 'error' })).toBe(2);
  expect(metrics.of('process_duration_seconds_bucket', { ...task, outcome: 'ok', le: '+Inf' })).toBe(5);
  expect(metrics.of('wait_duration_seconds_count', labels)).toBe(5);
  expect(metrics.of('end_to_end_duration_seconds_count', labels)).toBe(5);
  expect(metrics.all('dead_lettered_total', labels, 'reason')).toMatchObject({ unrecoverable: 1, 'max-deliveries': 0 });
  expect(metrics.of('concurrency_limit', labels)).toBe(10);
  expect(metrics.of('in_flight', labels)).toBe(0);
  for (const loop of ['read', 'lease', 'settle'])
    expect(metrics.of('loop_last_success_timestamp_seconds', { ...labels, loop })).toBeGreaterThan(
      Date.now() / 1_000 - 10,
    );

  const server = await eventually(async () => {
    const now = await metricsOf(registry);
    return now.of('dead_letters', { stream }) === 1 && now;
  });
  expect(server.of('entries', { stream })).toBe(5);
  expect(server.of('backlog', labels)).toBe(0);
  expect(server.of('backlog_exact', labels)).toBe(1);
  expect(server.of('autoscale_messages', labels)).toBe(0);
  expect(server.of('live_workers', labels)).toBe(1);
  expect(server.of('oldest_unfinished_age_seconds', labels)).toBe(0);
  expect(server.of('paused', labels)).toBe(0);
  expect(server.of('memory_bytes', { stream })).toBeUndefined();
});
