import { Controller } from '@nestjs/common';
import { StreamHandler, StreamProducer } from 'nestjs-redis-streams';
import { RedisStreamsMetricsModule } from 'nestjs-redis-streams/metrics';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { metricsOf } from '../../support/metrics.js';
import { ownRedis } from '../../support/own-redis.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

function workerOn(stream: string) {
  @Controller()
  class Worker {
    @StreamHandler(stream, OPTIONS)
    handle() {}
  }
  return Worker;
}

const OPTIONS = { concurrency: 2, leaseMs: 900, retry: { backoff: { initialMs: 20 } } };

it('after a kill -9 the one that goes on counts what it took over, and a frozen one what it lost', async () => {
  const stream = uniqueStream('crash');
  const labels = { stream, group: 'workers' };
  const task = { ...labels, task: 'Worker.handle' };
  const { producer } = await startApp({});
  const dead = await startWorker({ stream, options: OPTIONS, hasMetrics: true });
  // Its first run kills the worker; the second, at another one, goes well.
  const id = await producer.add(stream, { killsAtEndOf: '1' });
  await dead.ended;
  const living = await startWorker({ stream, options: OPTIONS, hasMetrics: true });
  await eventually(() => living.finished(id).length === 1);
  const after = await eventually(async () => {
    const now = await living.scrape();
    return now.of('settled_total', { ...task, outcome: 'completed' }) === 1 && now;
  });
  expect(after.of('taken_over_total', labels)).toBe(1);
  expect(after.of('consumed_messages_total', labels)).toBe(1);
  // It was not its first delivery: how long it had waited for that, the dead one has counted.
  expect(after.of('wait_duration_seconds_count', labels)).toBe(0);
  expect(after.of('end_to_end_duration_seconds_count', labels)).toBe(1);

  const long = await producer.add(stream, { workMs: '600' });
  await eventually(() => living.started(long).length === 1);
  living.signal('SIGSTOP');
  const registry = new Registry();
  const heir = await startApp({
    controllers: [workerOn(stream)],
    imports: [RedisStreamsMetricsModule.forRoot({ registry, server: false })],
  });
  await eventually(
    async () => (await metricsOf(registry)).of('settled_total', { ...task, outcome: 'completed' }) === 1,
  );
  expect((await metricsOf(registry)).of('taken_over_total', labels)).toBe(1);
  living.signal('SIGCONT');
  await eventually(async () => (await living.scrape()).of('settled_total', { ...task, outcome: 'lease_lost' }) === 1);
  expect((await living.scrape()).of('settled_total', { ...task, outcome: 'completed' })).toBe(1);
  await heir.close();
});

it('a worker whose Redis is frozen, and then dead, answers scrapes at once: what it knew, how old that is, and what fails', async () => {
  const redis = await ownRedis();
  const stream = uniqueStream('frozen');
  const labels = { stream, group: 'workers' };
  const app = await startApp({ options: { connection: redis.url, consume: false } });
  const worker = await startWorker({ stream, options: { concurrency: 2 }, hasMetrics: true, url: redis.url });
  await app.get(StreamProducer).addBulk(stream, [{ payload: {} }, { payload: { workMs: '60000' } }]);
  const before = await eventually(async () => {
    const now = await worker.scrape();
    return now.of('running', labels) === 1 && now;
  });
  const stamp = (scrape: typeof before) => scrape.of('stats_last_success_timestamp_seconds', { stream })!;
  redis.freeze();
  const frozen = await eventually(async () => {
    const now = await worker.scrape();
    return (now.of('stats_errors_total', { stream }) ?? 0) > 0 && now;
  }, 20_000);
  expect(stamp(frozen)).toBeGreaterThanOrEqual(stamp(before));
  expect(Date.now() / 1_000 - stamp(frozen)).toBeGreaterThan(1);
  expect(frozen.of('in_flight', labels)).toBe(1);
  expect(frozen.of('running', labels)).toBe(1);
  // It grows by itself.
  expect(frozen.of('oldest_unfinished_age_seconds', labels)).toBeGreaterThan(
    before.of('oldest_unfinished_age_seconds', labels)!,
  );

  await redis.kill();
  const gone = await eventually(async () => {
    const now = await worker.scrape();
    return (now.of('loop_errors_total', { ...labels, loop: 'read' }) ?? 0) > 0 && now;
  }, 20_000);
  const readAt = (scrape: typeof before) =>
    scrape.of('loop_last_success_timestamp_seconds', { ...labels, loop: 'read' })!;
  expect(readAt(gone)).toBeGreaterThan(0);
  expect(gone.of('reconnects_total', { role: 'reader' }) ?? 0).toBe(0);

  await redis.restart();
  await eventually(async () => {
    const now = await worker.scrape();
    const isBack = (now.of('reconnects_total', { role: 'reader' }) ?? 0) > 0;
    return isBack && stamp(now) > stamp(gone) && readAt(now) > readAt(gone);
  }, 30_000);
});
