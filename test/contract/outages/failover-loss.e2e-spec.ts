import { setImmediate as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type AddOptions, StreamProducer } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { ownSentinel } from '../../support/own-sentinel.js';
import { redisCli } from '../../support/redis-cli.js';
import { untilReplicated } from '../../support/replication.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';

/**
 * Adds with a few in flight, so that a replica keeps up on a slow machine, until told to stop; returns the ids of what was
 * accepted. An add may fail before: a replica that lags for longer than an add waits for it is no failover.
 */
async function addUntil(
  stop: AbortSignal,
  producer: StreamProducer,
  stream: string,
  options: AddOptions,
): Promise<string[]> {
  const accepted: string[] = [];
  const adder = async () => {
    while (!stop.aborted) {
      await producer.add(stream, { prompt: 'x'.repeat(500) }, options).then(
        (id) => accepted.push(id),
        () => pause(),
      );
    }
  };
  await Promise.all(Array.from({ length: 10 }, adder));
  return accepted;
}

async function missing(cli: Redis, stream: string, accepted: readonly string[]): Promise<number> {
  const there = new Set((await cli.xrange(stream, '-', '+')).map(([id]) => id));
  return accepted.filter((id) => !there.has(id)).length;
}

it('a failover by Sentinel loses nothing that was added with minReplicas', { timeout: 90_000 }, async () => {
  const { name, sentinels, master, replica } = await ownSentinel();
  const app = await startApp({
    options: { connection: { sentinels: [...sentinels], name, sentinelRetryStrategy: () => 200 }, addTimeoutMs: 2_000 },
  });
  const [plain, replicated] = [uniqueStream('plain'), uniqueStream('replicated')];
  const stop = new AbortController();
  const both = Promise.all([
    addUntil(stop.signal, app.producer, plain, {}),
    addUntil(stop.signal, app.producer, replicated, { minReplicas: 1 }),
  ]);
  const cli = redisCli(replica.url);
  const isUnderWay = async () => (await cli.xlen(plain)) > 5_000 && (await cli.xlen(replicated)) > 100;
  await eventually(isUnderWay, 30_000);
  await master.kill();
  stop.abort();
  const [plainIds, replicatedIds] = await both;

  await eventually(async () => (await cli.info('replication')).includes('role:master'), 30_000);
  const lost = {
    plain: await missing(cli, plain, plainIds),
    replicated: await missing(cli, replicated, replicatedIds),
  };
  console.log(
    `Failover: of ${plainIds.length} accepted entries ${lost.plain} were lost; with minReplicas, of ${replicatedIds.length}, ${lost.replicated}.`,
  );
  expect(lost.replicated).toBe(0);
});

it('a failover loses what was not replicated; with minReplicas an add is not accepted before it is', async () => {
  const master = await ownRedis();
  const link = await tcpProxy(master.port);
  const replica = await ownRedis('--replicaof', '127.0.0.1', String(link.port));
  const [onMaster, onReplica] = [redisCli(master.url), redisCli(replica.url)];
  await untilReplicated(onMaster);
  const app = await startApp({ options: { connection: master.url, addTimeoutMs: 2_000 } });
  const [plain, replicated] = [uniqueStream('plain'), uniqueStream('replicated')];
  const stop = new AbortController();
  const both = Promise.all([
    addUntil(stop.signal, app.producer, plain, {}),
    addUntil(stop.signal, app.producer, replicated, { minReplicas: 1 }),
  ]);
  await eventually(async () => (await onReplica.xlen(plain)) > 1_000 && (await onReplica.xlen(replicated)) > 100);

  link.silence();
  const reached = await onMaster.xlen(plain);
  await eventually(async () => (await onMaster.xlen(plain)) > reached + 1_000);
  await master.kill();
  stop.abort();
  const [plainIds, replicatedIds] = await both;
  await onReplica.replicaof('NO', 'ONE');

  const lost = {
    plain: await missing(onReplica, plain, plainIds),
    replicated: await missing(onReplica, replicated, replicatedIds),
  };
  console.log(
    `Cut off from its replica for a moment: of ${plainIds.length} accepted entries ${lost.plain} were lost; with minReplicas, of ${replicatedIds.length}, ${lost.replicated}.`,
  );
  expect(lost.plain).toBeGreaterThan(500);
  expect(lost.replicated).toBe(0);
});
