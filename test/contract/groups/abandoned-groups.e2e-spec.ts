import { Controller } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { type RedisStreamsOptions, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { type RunningApp, startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

const LEASE_MS = 600;

/** An app whose group `workers` finishes all at once, keeps no history, and gives silent groups up. */
function startTrimmer(stream: string, options: RedisStreamsOptions): Promise<RunningApp> {
  @Controller()
  class Worker {
    @StreamHandler(stream, { retention: { maxEntries: 0 }, leaseMs: LEASE_MS })
    async handle() {}
  }
  return startApp({ controllers: [Worker], options });
}

/** Adds tasks for a while, so that the history is looked at. */
async function keepBusy({ producer }: RunningApp, stream: string, ms: number): Promise<void> {
  const until = performance.now() + ms;
  await eventually(async () => {
    await producer.addBulk(
      stream,
      Array.from({ length: 20 }, () => ({ payload: {} })),
    );
    return performance.now() > until;
  }, ms + 5_000);
}

async function firstId(cli: Redis, stream: string): Promise<string | undefined> {
  return (await cli.xrange(stream, '-', '+', 'COUNT', 1))[0]?.[0];
}

it('a worker on a long task is not silent, however long its lease: nothing of its group is trimmed', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const held = deferred();

  @Controller()
  class Slow {
    @StreamHandler(stream, { group: 'slow', concurrency: 1, leaseMs: 30_000 })
    async handle() {
      await held.promise;
    }
  }
  await startApp({ controllers: [Slow] });
  const trimmer = await startTrimmer(stream, { abandonGroupAfterMs: 3 * LEASE_MS });
  const first = await trimmer.producer.add(stream, {});
  await eventually(async () => (await pendingCount(cli, stream, 'slow')) === 1);

  await keepBusy(trimmer, stream, 6 * LEASE_MS);
  expect(await firstId(cli, stream)).toBe(first);
  held.resolve();
});

it('a group whose workers come back from a frozen Redis later than others is not silent', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  const slow = await startWorker({
    stream,
    options: { group: 'slow', concurrency: 1, leaseMs: LEASE_MS },
    taskMs: 60_000,
    url: redis.url,
  });
  const trimmer = await startTrimmer(stream, { connection: redis.url, abandonGroupAfterMs: 3 * LEASE_MS });
  const first = await trimmer.producer.add(stream, {});
  await eventually(() => slow.started(first).length === 1);
  await keepBusy(trimmer, stream, 500);

  slow.signal('SIGSTOP');
  redis.freeze();
  const frozenAt = performance.now();
  await eventually(() => performance.now() - frozenAt > 4 * LEASE_MS);
  redis.thaw();
  await keepBusy(trimmer, stream, 300);
  slow.signal('SIGCONT');
  await keepBusy(trimmer, stream, 4 * LEASE_MS);
  expect(await firstId(cli, stream)).toBe(first);
});

it('a group whose workers left is waited for that long, and no longer', async () => {
  const stream = uniqueStream();
  const cli = redisCli();

  @Controller()
  class Slow {
    @StreamHandler(stream, { group: 'slow' })
    async handle() {}
  }
  const slow = await startApp({ controllers: [Slow] });
  await slow.producer.add(stream, {});
  await eventually(async () => (await cli.xlen(stream)) === 1 && (await pendingCount(cli, stream, 'slow')) === 0);
  await slow.close();
  const trimmer = await startTrimmer(stream, { abandonGroupAfterMs: 3 * LEASE_MS });
  const first = await trimmer.producer.add(stream, {});

  await keepBusy(trimmer, stream, 2 * LEASE_MS);
  expect(await cli.xrange(stream, first, first)).toHaveLength(1);
  await eventually(async () => {
    await keepBusy(trimmer, stream, 0);
    return (await cli.xrange(stream, first, first)).length === 0;
  });
});

it('a group with workers that have nothing to do is not silent', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const held = deferred();
  let isWaiting = true;

  @Controller()
  class Slow {
    @StreamHandler(stream, { group: 'slow', concurrency: 1, leaseMs: LEASE_MS, startFrom: 'new' })
    async handle() {
      isWaiting = false;
      await held.promise;
    }
  }
  await startApp({ controllers: [Slow], options: { abandonGroupAfterMs: 3 * LEASE_MS } });
  // Its worker has got no task yet: some versions list no consumer.
  const waitingSince = performance.now();
  const trimmer = await startTrimmer(stream, { abandonGroupAfterMs: 3 * LEASE_MS });
  await eventually(() => performance.now() - waitingSince > 5 * LEASE_MS);
  expect(isWaiting).toBe(true);
  const first = await trimmer.producer.add(stream, {});
  await keepBusy(trimmer, stream, LEASE_MS);
  expect(await firstId(cli, stream)).toBe(first);
  held.resolve();
});

it('a silence shorter than three leases of a handler is refused at the start', async () => {
  const stream = uniqueStream();
  await expect(startTrimmer(stream, { abandonGroupAfterMs: 1_799 })).rejects.toThrow(
    /abandonGroupAfterMs must be at least three leases, which is 1800 for @StreamHandler\('.*'\) on .* \(leaseMs 600\), got 1799/,
  );
});
