import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

it('runs a task of five leases once, though a rival worker looks for abandoned entries all the time', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const config = { stream, options: { leaseMs: 1_000, concurrency: 1 }, taskMs: 5_000 };
  const workers = [await startWorker(config), await startWorker(config)];
  const id = (await cli.xadd(stream, '*', 'prompt', 'long'))!;

  await eventually(() => workers.some((worker) => worker.finished(id).length > 0), 15_000);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(workers.flatMap((worker) => worker.started())).toHaveLength(1);
});

it('is judged by the owner’s own length in a rollout that changes leaseMs, both versions running', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const before = await startWorker({ stream, options: { leaseMs: 400, concurrency: 1 }, taskMs: 3_000 });
  const after = await startWorker({ stream, options: { leaseMs: 7_200_000, concurrency: 1 }, taskMs: 3_000 });
  for (let n = 0; n < 4; n++) await cli.xadd(stream, '*', 'n', String(n));
  const workers = [before, after];
  await eventually(() => workers.flatMap((worker) => worker.finished()).length === 4, 20_000);
  expect(before.started().length).toBeGreaterThan(0);
  expect(after.started().length).toBeGreaterThan(0);
  expect(workers.flatMap((worker) => worker.started())).toHaveLength(4);
});

it('robs nobody when Redis is frozen for three leases while a task runs', async () => {
  const redis = await ownRedis();
  const stream = uniqueStream();
  const cli = redisCli(redis.url);
  const config = { stream, url: redis.url, options: { leaseMs: 1_000, concurrency: 1 }, taskMs: 8_000 };
  const workers = [await startWorker(config), await startWorker(config), await startWorker(config)];
  const id = (await cli.xadd(stream, '*', 'prompt', 'long'))!;
  await eventually(() => workers.some((worker) => worker.started(id).length > 0));

  redis.freeze();
  const frozenAt = performance.now();
  await eventually(() => performance.now() - frozenAt > 3_000);
  redis.thaw();

  await eventually(() => workers.some((worker) => worker.finished(id).length > 0), 20_000);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(workers.flatMap((worker) => worker.started())).toHaveLength(1);
});

it('robs nobody when Redis is killed and comes back after three leases', async () => {
  const redis = await ownRedis();
  const stream = uniqueStream();
  const cli = redisCli(redis.url);
  const config = { stream, url: redis.url, options: { leaseMs: 1_500, concurrency: 1 }, taskMs: 9_000 };
  const workers = [await startWorker(config), await startWorker(config)];
  const id = (await cli.xadd(stream, '*', 'prompt', 'long'))!;
  await eventually(() => workers.some((worker) => worker.started(id).length > 0));

  await redis.kill();
  const killedAt = performance.now();
  await eventually(() => performance.now() - killedAt > 4_500);
  await redis.restart();

  await eventually(() => workers.some((worker) => worker.finished(id).length > 0), 20_000);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(workers.flatMap((worker) => worker.started())).toHaveLength(1);
});
