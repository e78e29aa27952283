import { Cluster, Redis } from 'ioredis';
import {
  type AddOptions,
  AddOutcomeUnknownError,
  AddRefusedError,
  type RedisStreamsOptions,
  RedisUnavailableError,
  type StreamProducer,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';

/** Adds that bear to be repeated. */
interface Kind {
  options(n: number): AddOptions;
  idsIn(cli: Redis, stream: string): Promise<string[]>;
}

const DELAYED: Kind = {
  options: () => ({ delayMs: 3_600_000 }),
  idsIn: (cli, stream) => cli.zrange(`{${stream}}:delayed`, '0', '-1'),
};

/** A connection whose clients for such adds are kept at hand. */
function watched(port: number): { connection: RedisStreamsOptions['connection']; clients: Redis[] } {
  const clients: Redis[] = [];
  const connection: RedisStreamsOptions['connection'] = (_role, options) => {
    const client = new Redis({ port, ...options });
    if (options.connectionName?.endsWith(':admitted-append')) clients.push(client);
    return client;
  };
  return { connection, clients };
}

const TIMES = 50;

function addMany(producer: StreamProducer, stream: string, kind: Kind, from = 0): Promise<string[]> {
  return Promise.all(
    Array.from({ length: TIMES }, (_, n) => producer.add(stream, { n: from + n }, kind.options(from + n))),
  );
}

const KEYED: Kind = {
  options: (n) => ({ idempotency: { key: `key ${n}` } }),
  idsIn: async (cli, stream) => (await cli.xrange(stream, '-', '+')).map(([id]) => id),
};

const KINDS: [string, Kind][] = [
  ['delayed', DELAYED],
  ['keyed', KEYED],
];

describe.each(KINDS)('%s adds are sent again, and make one task each', (_name, kind) => {
  it('when the link breaks before the answer has come', async () => {
    const redis = await ownRedis('--appendonly', 'no');
    const cli = redisCli(redis.url);
    const { connection, clients } = watched(redis.port);
    const stream = uniqueStream();
    const { producer } = await startApp({ options: { connection } });
    const first = await addMany(producer, stream, kind);
    redis.freeze();
    const { stream: socket } = clients[0]!;
    const writtenBefore = socket.bytesWritten;
    const adding = addMany(producer, stream, kind, TIMES);
    // The frozen server has them in its socket, and carries them out when it is thawed.
    await eventually(() => socket.bytesWritten > writtenBefore && socket.writableLength === 0);
    socket.destroy();
    redis.thaw();

    const second = await adding;
    expect((await kind.idsIn(cli, stream)).toSorted()).toEqual([...first, ...second].toSorted());
  });

  it('when the link goes silent, well before their time is over', async () => {
    const redis = await ownRedis('--appendonly', 'no');
    const cli = redisCli(redis.url);
    const proxy = await tcpProxy(redis.port);
    const { connection } = watched(proxy.port);
    const stream = uniqueStream();
    const { producer } = await startApp({ options: { connection, addTimeoutMs: 4_000 } });
    const first = await addMany(producer, stream, kind);
    proxy.silence();
    const second = await addMany(producer, stream, kind, TIMES);
    expect((await kind.idsIn(cli, stream)).toSorted()).toEqual([...first, ...second].toSorted());
  });

  it('also where the memory is full by then', async () => {
    const redis = await ownRedis('--appendonly', 'no');
    const cli = redisCli(redis.url);
    const proxy = await tcpProxy(redis.port);
    const { connection } = watched(proxy.port);
    const stream = uniqueStream();
    const { producer } = await startApp({ options: { connection, addTimeoutMs: 4_000 } });
    const first = await addMany(producer, stream, kind);
    proxy.swallowReplies();
    const adding = addMany(producer, stream, kind, TIMES);
    await eventually(async () => (await kind.idsIn(cli, stream)).length === 2 * TIMES);
    await cli.config('SET', 'maxmemory', '1');

    expect((await kind.idsIn(cli, stream)).toSorted()).toEqual([...first, ...(await adding)].toSorted());
    const refused = await producer.add(stream, {}, kind.options(-1)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AddRefusedError);
  });

  it('and are not called refused where an attempt before is unanswered', async () => {
    const redis = await ownRedis('--appendonly', 'no');
    const cli = redisCli(redis.url);
    const proxy = await tcpProxy(redis.port);
    const { connection } = watched(proxy.port);
    const { producer } = await startApp({ options: { connection, addTimeoutMs: 4_000 } });
    const stream = uniqueStream();
    await producer.add(stream, {}, kind.options(0));
    await cli.config('SET', 'maxmemory', '1');
    proxy.silence();
    await expect(producer.add(stream, {}, kind.options(1))).rejects.toThrow(AddOutcomeUnknownError);
  });

  it('when Redis is killed, and comes back in time', async () => {
    const redis = await ownRedis();
    const cli = redisCli(redis.url);
    const stream = uniqueStream();
    const { producer } = await startApp({ options: { connection: redis.url, addTimeoutMs: 20_000 } });
    const ids = await addMany(producer, stream, kind);
    const adding = Array.from({ length: 5 }, (_, n) => addMany(producer, stream, kind, (n + 1) * TIMES));
    await redis.kill();
    const later = addMany(producer, stream, kind, 6 * TIMES);
    await redis.restart();

    ids.push(...(await Promise.all(adding)).flat(), ...(await later));
    expect((await kind.idsIn(cli, stream)).toSorted()).toEqual(ids.toSorted());
  });

  it('and never after their callers were told', async () => {
    const redis = await ownRedis();
    const cli = redisCli(redis.url);
    const { connection, clients } = watched(redis.port);
    const stream = uniqueStream();
    const { producer } = await startApp({ options: { connection, addTimeoutMs: 600 } });
    await producer.add(stream, {}, kind.options(0));
    redis.freeze();
    const startedAt = performance.now();
    await expect(producer.add(stream, {}, kind.options(1))).rejects.toThrow(AddOutcomeUnknownError);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    redis.thaw();
    await eventually(() => producer.add(stream, {}, kind.options(2)));

    await redis.kill();
    await eventually(() => clients[0]!.status !== 'ready');
    const refused = await producer.add(stream, {}, kind.options(3)).catch((error: unknown) => error as Error);
    expect(refused).toBeInstanceOf(RedisUnavailableError);
    expect(refused).not.toBeInstanceOf(AddOutcomeUnknownError);
    await redis.restart();
    await eventually(() => clients[0]!.status === 'ready');
    const before = await kind.idsIn(cli, stream);
    await producer.add(stream, {}, kind.options(4));
    // What was sent after its caller was told would have come before this one.
    expect(await kind.idsIn(cli, stream)).toHaveLength(before.length + 1);
    expect([2, 3]).toContain(before.length);
  });

  it('when Redis forgets its scripts', async () => {
    const redis = await ownRedis('--appendonly', 'no');
    const cli = redisCli(redis.url);
    const stream = uniqueStream();
    const { producer } = await startApp({ options: { connection: redis.url } });
    const ids = await addMany(producer, stream, kind);
    await cli.script('FLUSH');
    ids.push(...(await addMany(producer, stream, kind, TIMES)));
    expect((await kind.idsIn(cli, stream)).toSorted()).toEqual(ids.toSorted());
  });
});

it.each([
  ['a master dies', true],
  ['a slot moves', false],
])('such adds to a cluster are sent again when %s', { timeout: 60_000 }, async (_what, dies) => {
  const cluster = await ownCluster();
  const stream = uniqueStream();
  const connection: RedisStreamsOptions['connection'] = (_role, redisOptions) =>
    new Cluster([...cluster.seeds], { redisOptions, lazyConnect: true });
  const { producer } = await startApp({ options: { connection, addTimeoutMs: 30_000 } });
  const addAll = async (from: number) =>
    await Promise.all(KINDS.map(([, kind]) => addMany(producer, stream, kind, from)));
  const first = await addAll(0);
  // What is replicated in order is there when this is.
  const marker = await eventually(() => producer.add(stream, { isMarker: true }, { minReplicas: 1 }));
  const master = await cluster.masterOf(stream);
  const replica = cluster.replicas[cluster.masters.indexOf(master)]!;
  const [second] = await Promise.all([addAll(TIMES), dies ? master.kill() : cluster.moveSlot(stream)]);
  const third = await addAll(2 * TIMES);
  const { cli } = dies ? replica : await cluster.masterOf(stream);
  for (const [n, [, kind]] of KINDS.entries()) {
    const ids = (await kind.idsIn(cli, stream)).filter((id) => id !== marker);
    expect(ids.toSorted()).toEqual([...first[n]!, ...second[n]!, ...third[n]!].toSorted());
  }
});

it('an add may wait longer for Redis than others do, or less', async () => {
  const redis = await ownRedis();
  const stream = uniqueStream();
  const { connection, clients } = watched(redis.port);
  const { producer } = await startApp({ options: { connection, addTimeoutMs: 300 } });
  await producer.add(stream, {}, { idempotency: { key: 'before' } });
  redis.freeze();
  const frozen = producer.add(stream, {}, { idempotency: { key: 'frozen', waitMs: 50 } });
  await expect(frozen).rejects.toThrow(/within 50 ms.*may have been added/);
  redis.thaw();
  await redis.kill();
  await eventually(() => clients[0]!.status !== 'ready');
  const add = (key: string, waitMs: number) => producer.add(stream, {}, { idempotency: { key, waitMs } });
  const patient = add('patient', 20_000);
  await expect(add('impatient', 100)).rejects.toThrow(/within 100 ms.*Nothing was sent/);
  await redis.restart();
  expect(await add('patient', 20_000)).toBe(await patient);
});
