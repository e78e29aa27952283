import { Controller } from '@nestjs/common';
import {
  type ReadinessOptions,
  RedisStreamsConfigError,
  RedisStreamsHealthIndicator,
  StreamGroups,
  StreamHandler,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { isWell, probedApp } from '../../support/probed-app.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** A worker with one slot, whose task ends when the test says so. */
async function slowWorker(ready: ReadinessOptions) {
  const stream = uniqueStream();
  const held = deferred();

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 1 })
    async handle() {
      await held.promise;
    }
  }
  const app = await probedApp({ controllers: [Worker], ready });
  const add = (count: number) =>
    app.producer.addBulk(
      stream,
      Array.from({ length: count }, () => ({ payload: {} })),
    );
  const untilCode = (code: number) =>
    eventually(async () => {
      const probed = await app.ready();
      return probed.code === code && probed.health;
    });
  return { app, stream, add, untilCode, end: () => held.resolve() };
}

describe('a process is not ready', () => {
  it('while more waits than maxBacklog: what runs does not count, nor does what waits while somebody has paused the group', async () => {
    const { app, stream, add, untilCode, end } = await slowWorker({ maxBacklog: 3 });
    await add(4);
    await eventually(async () => (await app.ready()).health.backlogs?.[0]!.waiting === 3);
    expect(await app.ready()).toMatchObject({ code: 200, health: { status: 'up', reasons: [] } });

    await add(1);
    const name = { stream, group: 'workers' };
    expect(await untilCode(503)).toMatchObject({
      reasons: [`${stream} (workers): 4 tasks wait, more than 3`],
      backlogs: [{ ...name, status: 'down', waiting: 4, oldestAgeMs: expect.any(Number) }],
      consumers: [{ ...name, status: 'up' }],
    });

    const groups = app.get(StreamGroups);
    await groups.pause(stream, { reason: 'a migration', by: 'ops' });
    const paused = { reason: 'a migration', by: 'ops' };
    expect(await untilCode(200)).toMatchObject({ reasons: [], backlogs: [{ status: 'up', waiting: 4, paused }] });
    await groups.resume(stream);
    await untilCode(503);

    end();
    expect(await untilCode(200)).toMatchObject({ backlogs: [{ ...name, status: 'up', waiting: 0 }] });
    expect(await app.live()).toMatchObject({ code: 200 });
  });

  it('while the oldest task waits for longer than maxOldestAgeMs', async () => {
    const { stream, add, untilCode, end } = await slowWorker({ maxOldestAgeMs: 1_500 });
    await add(2);
    const { reasons } = await untilCode(503);
    expect(reasons![0]).toMatch(/ \(workers\): the oldest task has waited for \d+ ms, longer than 1500$/);
    expect(reasons![0]).toContain(stream);
    end();
    await untilCode(200);
  });

  it('where it only adds, by the streams that are named: by due retries and delayed tasks as by others', async () => {
    const stream = uniqueStream();
    const options = { consume: false };
    const app = await probedApp({ options, ready: { maxBacklog: 2, streams: [stream] } });
    // No worker has ever been there: what is not known takes nobody out of service.
    expect(await app.ready()).toMatchObject({
      code: 200,
      health: { degraded: true, backlogs: [{ status: 'degraded' }] },
    });

    await redisCli().xgroup('CREATE', stream, 'workers', '$', 'MKSTREAM');
    await eventually(async () => isWell(await app.ready()));
    for (let n = 0; n < 3; n++) await app.producer.add(stream, {});
    await eventually(async () => (await app.ready()).code === 503);
  });
});

it('a backlog that may not be asked for, or is not told in time, is not too long: it is named, and adds decide', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  const options = { connection: redis.url, consume: false };
  const app = await probedApp({ options, ready: { maxBacklog: 1, streams: [stream] } });
  await app.producer.add(stream, {});
  await cli.xgroup('CREATE', stream, 'workers', '$');
  await cli.acl('SETUSER', 'default', '-xinfo');
  expect(await app.ready()).toMatchObject({
    code: 200,
    health: { degraded: true, reasons: [expect.stringMatching(/ \(workers\): its backlog is not known: .*/)] },
  });
  await cli.acl('SETUSER', 'default', '+xinfo');
  await eventually(async () => isWell(await app.ready()));

  redis.freeze();
  // What was told last is known for another second.
  await eventually(async () => /its backlog is not known/.test(String((await app.ready()).health.reasons)));
  const { code, health } = await app.ready();
  expect([code, health.reasons![0]]).toEqual([503, expect.stringMatching(/^adds do not pass/)]);
  redis.thaw();
  await eventually(async () => isWell(await app.ready()));
});

it('however many probe, a stream is looked at once a second', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  const options = { connection: redis.url, consume: false };
  const app = await probedApp({ options, ready: { maxBacklog: 1, streams: [stream] } });
  await app.ready();
  const looks = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await cli.info('commandstats'))?.[1] ?? 0);
  const [before, since] = [await looks(), performance.now()];
  for (let n = 0; n < 20; n++) await Promise.all(Array.from({ length: 10 }, () => app.ready()));
  expect((await looks()) - before).toBeLessThanOrEqual(Math.ceil((performance.now() - since) / 1_000));
});

describe('a wrong option', () => {
  it.each<[string, object]>([
    ['readiness: maxBacklog must be a whole number, 1 or more, got 0.', { maxBacklog: 0 }],
    ["Unknown option 'maxBacklogs' in the options of readiness. Did you mean 'maxBacklog'?", { maxBacklogs: 1 }],
    [
      'maxBacklog and maxOldestAgeMs are for the streams that this process consumes, and it consumes none',
      { maxBacklog: 1 },
    ],
    ['readiness: A stream', { maxBacklog: 1, streams: [''] }],
  ])('is told: %s', async (message, ready) => {
    const app = await probedApp({ options: { consume: false } });
    const asked = app.get(RedisStreamsHealthIndicator).readiness('queue', ready);
    await expect(asked).rejects.toThrow(RedisStreamsConfigError);
    await expect(asked).rejects.toThrow(message);
  });

  it('makes the probe fail', async () => {
    const app = await probedApp({ ready: { timeoutMs: Number.NaN }, live: { stuckMs: -1 } });
    expect((await app.ready()).code).toBe(500);
    expect((await app.live()).code).toBe(500);
  });
});
