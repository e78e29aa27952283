import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { isWell, probedApp } from '../../support/probed-app.js';
import { type ReadyWorker, readyWorker } from '../../support/ready-worker.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

interface Fault {
  readonly name: string;
  readonly begin: (worker: ReadyWorker) => unknown;
  /** What ends it; without one it heals by itself. */
  readonly end?: (worker: ReadyWorker) => unknown;
  readonly reason: RegExp;
}

const FAULTS: Fault[] = [
  {
    name: 'Redis is killed, until it is there again',
    begin: ({ redis }) => redis.kill(),
    end: ({ redis }) => redis.restart(),
    reason: /adds do not pass: .*(ECONNREFUSED|broke|closed|reached)/,
  },
  {
    name: 'Redis is frozen, until it goes on',
    begin: ({ redis }) => redis.freeze(),
    end: ({ redis }) => redis.thaw(),
    reason: /adds do not pass: .*did not answer within 1000 ms/,
  },
  {
    name: 'Redis loads its data',
    begin: async ({ redis, cli }) => {
      for (let n = 0; n < 60; n++) await cli.set(`filler:${n}`, 'x'.repeat(100_000));
      await redis.kill();
      void redis.restart('--key-load-delay', '30000');
    },
    reason: /adds do not pass/,
  },
  {
    name: 'the link is silent, until it is noticed',
    begin: ({ proxy }) => proxy.silence(),
    reason: /adds do not pass: .*did not answer within 1000 ms/,
  },
  {
    name: 'Redis is frozen behind a link that breaks half, until it goes on',
    begin: ({ redis, proxy }) => {
      redis.freeze();
      proxy.halfOpen();
    },
    end: ({ redis }) => redis.thaw(),
    reason: /adds do not pass/,
  },
  {
    name: 'the memory is full, though nobody has tried to add',
    begin: ({ cli }) => cli.config('SET', 'maxmemory', '1'),
    end: ({ cli }) => cli.config('SET', 'maxmemory', '0'),
    reason: /adds do not pass: OOM/,
  },
  {
    name: 'Redis is a replica, though nobody has tried to add',
    begin: ({ cli }) => cli.replicaof('127.0.0.1', 1),
    end: ({ cli }) => cli.replicaof('NO', 'ONE'),
    reason: /adds do not pass: READONLY/,
  },
  {
    name: 'too few replicas are there, though nobody has tried to add',
    begin: ({ cli }) => cli.config('SET', 'min-replicas-to-write', '1'),
    end: ({ cli }) => cli.config('SET', 'min-replicas-to-write', '0'),
    reason: /adds do not pass: NOREPLICAS/,
  },
];

describe('a process is alive and not ready, and each probe is answered in time, while', () => {
  it.each(FAULTS)('$name', async ({ begin, end, reason }) => {
    const worker = await readyWorker();
    const { probe, doubts, cli, stream } = worker;
    await begin(worker);
    const { health } = await eventually(async () => {
      const ready = await probe();
      return ready.code === 503 && ready;
    });
    expect(health).toMatchObject({ status: 'down', producer: { status: 'down' } });
    expect(health.reasons![0]).toMatch(reason);

    await end?.(worker);
    await eventually(async () => isWell(await probe()), 20_000);
    expect(await cli.xlen(stream)).toBe(1);
    expect(doubts).toEqual([]);
  });

  it('an ACL forbids to add, once an add was refused', async () => {
    const { app, probe, cli, stream } = await readyWorker();
    await cli.acl('SETUSER', 'default', '-xadd');
    expect(isWell(await probe())).toBe(true);
    await expect(app.producer.add(stream, {})).rejects.toThrow('NOPERM');
    expect(await probe()).toMatchObject({ code: 503, health: { reasons: [expect.stringMatching(/NOPERM/)] } });

    await cli.acl('SETUSER', 'default', '+xadd');
    expect(isWell(await probe())).toBe(true);
  });
});

describe('a process stays ready', () => {
  it('when its group is destroyed, or all its connections are: that heals at once', async () => {
    const { probe, doubts, proxy, cli, stream } = await readyWorker();
    for (const strike of [() => cli.xgroup('DESTROY', stream, 'workers'), async () => proxy.halfOpen()]) {
      await strike();
      await eventually(async () => isWell(await probe()));
    }
    expect(doubts).toEqual([]);
  });

  it('for a user who may only add: what readiness asks needs no other right, and fills no log of refusals', async () => {
    const redis = await ownRedis();
    const cli = redisCli(redis.url);
    await cli.call('ACL', 'SETUSER', 'adds', 'on', '>password', '~*', '+xadd', '+ping', '+info', '+client', '+hello');
    const connection = `redis://adds:password@127.0.0.1:${redis.port}`;
    const app = await probedApp({ options: { connection, consume: false } });
    await app.producer.add(uniqueStream(), {});
    for (let n = 0; n < 3; n++) expect(isWell(await app.ready())).toBe(true);
    const refusals = (await cli.call('ACL', 'LOG')) as (string | number)[][];
    const ofProbes = refusals.find((refusal) => refusal.includes('set'));
    expect(ofProbes).toEqual(expect.arrayContaining(['count', 1]));
  });
});

it('probing adds nothing to Redis but a command each, and no errors', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const app = await probedApp({ options: { connection: redis.url, consume: false } });
  await app.producer.add(uniqueStream(), {});
  await app.ready();
  const processed = async () => Number(/total_commands_processed:(\d+)/.exec(await cli.info('stats'))![1]);
  // Redis 6.2 and later.
  const errors = () => cli.info('errorstats');
  const [keys, errorsBefore, before] = [await cli.dbsize(), await errors(), await processed()];
  for (let n = 0; n < 50; n++) await app.ready();
  // This question itself, and a word of the connections or the ticker now and then.
  expect((await processed()) - before).toBeLessThanOrEqual(50 + 5);
  expect(await cli.dbsize()).toBe(keys);
  expect(await errors()).toBe(errorsBefore);
});
