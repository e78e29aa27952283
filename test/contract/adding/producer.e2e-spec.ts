import { Redis } from 'ioredis';
import { AddBulkError, AddOutcomeUnknownError, AddRefusedError, RedisUnavailableError } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { entriesOf } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { untilReplicated } from '../../support/replication.js';
import { uniqueStream } from '../../support/streams.js';

const stackOf = (call: Promise<unknown>) => call.then(String, (error: Error) => error.stack);

describe('add', () => {
  it('writes flat fields that any client can read, with headers beside them, and returns the id', async () => {
    const stream = uniqueStream();
    const app = await startApp({ options: { prefix: 'staging:' } });
    const id = await app.producer.add(stream, { prompt: 'p', n: 1 }, { headers: { correlationId: 'c' } });
    expect(await entriesOf(redisCli(), `staging:${stream}`)).toEqual([
      { id, fields: { prompt: 'p', n: '1', '~json:n': '', '~correlationId': 'c' } },
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    ['a BigInt', { n: 1n }, /'n' is a bigint/],
    ['NaN', { n: { m: [Number.NaN] } }, /'n', at key '0', is NaN/],
    ['a function', { f: () => 1 }, /'f' is a function/],
    ['a Map', { tags: new Map([['a', 1]]) }, /'tags' is a Map: use Object\.fromEntries/],
    ['an Error', { all: [{ failed: new Error('x') }] }, /'all', at key 'failed', is an Error: use its message/],
    ['undefined', undefined, /the payload is undefined/],
    [
      'a cycle',
      Object.assign([] as unknown[], { 0: {} }).map((o, _, all) => Object.assign(o as object, { all })),
      /circular/,
    ],
    ['a key of the header prefix', { '~x': 1 }, /starts with '~', which marks headers/],
  ])('refuses %s and writes nothing', async (_name, payload, message) => {
    const stream = uniqueStream();
    const app = await startApp({});
    await expect(app.producer.add(stream, payload)).rejects.toThrow(message);
    expect(await redisCli().exists(stream)).toBe(0);
  });

  it('refuses more than maxPayloadBytes, counted in bytes of UTF-8, and takes as much', async () => {
    const stream = uniqueStream();
    const app = await startApp({ options: { maxPayloadBytes: 1_000 } });
    await expect(app.producer.add(stream, { t: 'ü'.repeat(500) })).rejects.toThrow(
      /1001 bytes, more than maxPayloadBytes \(1000\)/,
    );
    await expect(app.producer.add(stream, { t: 'x' }, { headers: { h: 'y'.repeat(999) } })).rejects.toThrow(
      /PayloadTooLarge|1003 bytes/,
    );
    await app.producer.add(stream, { t: 'x'.repeat(999) });
    expect(await redisCli().xlen(stream)).toBe(1);
  });

  it('refuses bad options and header names', async () => {
    const app = await startApp({});
    const stream = uniqueStream();
    await expect(app.producer.add(stream, {}, { maxlen: 1 } as never)).rejects.toThrow(/Unknown option 'maxlen'/);
    await expect(app.producer.add(stream, {}, { maxLen: 0 })).rejects.toThrow(
      /maxLen must be a whole number, 1 or more/,
    );
    await expect(app.producer.add(stream, {}, { headers: { 'dead-id': 'x' } })).rejects.toThrow(/the library's own/);
    await expect(app.producer.add(stream, {}, { headers: { n: 1 as never } })).rejects.toThrow(/must be a string/);
  });

  it('is answered by an error within addTimeoutMs while Redis is frozen, and never sent again', async () => {
    const redis = await ownRedis();
    const stream = uniqueStream();
    const app = await startApp({ options: { connection: redis.url, addTimeoutMs: 500 } });
    await app.producer.add(stream, { n: 0 });

    redis.freeze();
    const before = performance.now();
    await expect(app.producer.add(stream, { n: 1 })).rejects.toThrow(AddOutcomeUnknownError);
    expect(performance.now() - before).toBeLessThan(1_500);
    redis.thaw();
    await eventually(() => app.producer.add(stream, { n: 2 }));

    const ns = (await entriesOf(redisCli(redis.url), stream)).map(({ fields }) => fields.n);
    expect(ns).toEqual(['0', '1', '2']);
  });

  it('says that nothing was sent when Redis is away, and does not send it later', async () => {
    const redis = await ownRedis();
    const stream = uniqueStream();
    const app = await startApp({ options: { connection: redis.url, addTimeoutMs: 400 } });
    await app.producer.add(stream, { n: 0 });
    await redis.kill();
    await eventually(async () => {
      const error = await app.producer.add(stream, { n: 1 }).catch((failure: unknown) => failure);
      return error instanceof RedisUnavailableError && !(error instanceof AddOutcomeUnknownError);
    });
    await redis.restart();
    const id = await eventually(() => app.producer.add(stream, { n: 2 }));
    const entries = await entriesOf(redisCli(redis.url), stream);
    expect(entries.map(({ fields }) => fields.n)).toEqual(['0', '2']);
    expect(entries.at(-1)!.id).toBe(id);
  });

  it('finds its connection broken before anyone has told it, and waits for the next one', async () => {
    const clients: Redis[] = [];
    const stream = uniqueStream();
    const app = await startApp({
      options: {
        connection: (role, options) => {
          const client = new Redis(process.env.REDIS_URL!, options);
          if (role === 'append') clients.push(client);
          return client;
        },
      },
    });
    await app.producer.add(stream, { n: 0 });
    for (const client of clients) client.stream?.destroy();
    expect(clients.map(({ status }) => status)).toContain('ready');
    await Promise.all([app.producer.add(stream, { n: 1 }), app.producer.add(stream, { n: 2 })]);
    const ns = (await entriesOf(redisCli(), stream)).map(({ fields }) => fields.n);
    expect(ns).toEqual(['0', '1', '2']);
  });

  it('that was rejected while another one is unanswered is never sent after all', async () => {
    const redis = await ownRedis();
    const stream = uniqueStream();
    const app = await startApp({ options: { connection: redis.url, addTimeoutMs: 400 } });
    await app.producer.add(stream, { n: 0 });
    redis.freeze();
    const outcomes = await Promise.allSettled([
      app.producer.add(stream, { n: 1 }),
      eventually(() => true).then(() => app.producer.add(stream, { n: 2 })),
    ]);
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as Error) : undefined));
    expect(reasons).toEqual([expect.any(AddOutcomeUnknownError), expect.any(AddOutcomeUnknownError)]);
    redis.thaw();
    await eventually(() => app.producer.add(stream, { n: 3 }));
    const ns = (await entriesOf(redisCli(redis.url), stream)).map(({ fields }) => fields.n);
    // Both had been sent, and said so: they exist, once each.
    expect(ns).toEqual(['0', '1', '2', '3']);
  });

  it('is refused at once when the app has closed, also beside others', async () => {
    const stream = uniqueStream();
    const app = await startApp({ options: { addTimeoutMs: 600_000 } });
    await app.producer.add(stream, { n: 0 });
    await app.close();
    await expect(app.producer.add(stream, { n: 0 })).rejects.toThrow(RedisUnavailableError);
    const outcomes = await Promise.allSettled([1, 2, 3].map((n) => app.producer.add(stream, { n })));
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : ''));
    expect(reasons).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/nothing was sent/i)));
    expect(await redisCli().xlen(stream)).toBe(1);
  });

  it('that is rejected names who called it, whatever it was rejected for', async () => {
    const redis = await ownRedis();
    const stream = uniqueStream();
    const app = await startApp({ options: { connection: redis.url, addTimeoutMs: 1_500 } });
    const { producer } = app;
    async function orderPlaced(payload: unknown) {
      await producer.add(stream, payload);
    }
    async function ordersPlaced() {
      await producer.addBulk(stream, [{ payload: {} }]);
    }
    async function orderReplicated() {
      await producer.add(stream, {}, { minReplicas: 1 });
    }
    await redisCli(redis.url).set(stream, 'a string');
    expect(await stackOf(orderPlaced({ n: 1n }))).toMatch(/^EncodeError: [^]* orderPlaced /);
    expect(await stackOf(orderPlaced({}))).toMatch(/^AddRefusedError: [^]* orderPlaced /);
    expect(await stackOf(ordersPlaced())).toMatch(/^AddBulkError: [^]* ordersPlaced /);
    expect(await stackOf(orderReplicated())).toMatch(/^AddRefusedError: [^]* orderReplicated /);
    redis.freeze();
    expect(await stackOf(orderPlaced({}))).toMatch(/^AddOutcomeUnknownError: [^]* orderPlaced /);
    await redis.kill();
    await eventually(async () => /^RedisUnavailableError: [^]* orderPlaced /.test((await stackOf(orderPlaced({})))!));
  });

  it('takes an object of very many keys', async () => {
    const stream = uniqueStream();
    const app = await startApp({});
    const wide = Object.fromEntries(Array.from({ length: 90_000 }, (_, n) => [`k${n}`, 'v']));
    await app.producer.add(stream, wide);
    const [[, fields]] = (await redisCli().xrange(stream, '-', '+')) as [[string, string[]]];
    expect(fields).toHaveLength(180_000);
  });

  it('is refused with Redis’s reason when its memory is full', async () => {
    const redis = await ownRedis('--maxmemory', '3mb', '--maxmemory-policy', 'noeviction');
    const app = await startApp({ options: { connection: redis.url } });
    const stream = uniqueStream();
    const fill = async () => {
      for (let n = 0; n < 1_000; n++) await app.producer.add(stream, { text: 'x'.repeat(10_000) });
    };
    await expect(fill()).rejects.toThrow(AddRefusedError);
    await expect(fill()).rejects.toThrow(/Redis refused the entry, nothing was written: OOM/);
  });
});

describe('add with minReplicas', () => {
  it('waits for the replicas, and says when too few confirm, with the id of the entry that exists', async () => {
    const master = await ownRedis();
    const stream = uniqueStream();
    const app = await startApp({ options: { connection: master.url, addTimeoutMs: 3_000 } });
    const alone = await app.producer.add(stream, {}, { minReplicas: 1 }).catch((failure: unknown) => failure);
    expect(alone).toMatchObject({
      name: 'NotReplicatedError',
      replicas: 0,
      minReplicas: 1,
      entryId: expect.any(String),
    });
    const cli = redisCli(master.url);
    expect((await entriesOf(cli, stream)).map(({ id }) => id)).toEqual([(alone as { entryId: string }).entryId]);

    const replica = await ownRedis('--replicaof', '127.0.0.1', String(master.port));
    const onReplica = redisCli(replica.url);
    await untilReplicated(cli);
    const id = await app.producer.add(stream, { n: 1 }, { minReplicas: 1 });
    expect((await entriesOf(onReplica, stream)).at(-1)!.id).toBe(id);
    // Others are not held up by one that waits.
    replica.freeze();
    const waiting = app.producer.add(stream, {}, { minReplicas: 1 }).catch((failure: unknown) => failure);
    expect(await Promise.race([app.producer.add(stream, {}), waiting])).toEqual(expect.any(String));
    expect(await waiting).toMatchObject({ name: 'NotReplicatedError' });
    replica.thaw();
  });
});

describe('addBulk', () => {
  it('names the item that it refuses, and writes nothing', async () => {
    const stream = uniqueStream();
    const app = await startApp({});
    const items = [{ payload: { n: 0 } }, { payload: { n: 1n } }];
    await expect(app.producer.addBulk(stream, items)).rejects.toThrow(/addBulk: item 1: .*'n' is a bigint/);
    const jobs = [{ name: 'job', data: {} }] as never;
    await expect(app.producer.addBulk(stream, jobs)).rejects.toThrow(/addBulk: item 0: Unknown option 'name'/);
    expect(await redisCli().exists(stream)).toBe(0);
  });

  it('sends nothing more after a part that was not answered', async () => {
    const redis = await ownRedis();
    const stream = uniqueStream();
    const app = await startApp({ options: { connection: redis.url, addTimeoutMs: 300 } });
    await app.producer.add(stream, {});
    redis.freeze();
    const error = await app.producer
      .addBulk(
        stream,
        Array.from({ length: 5_000 }, () => ({ payload: {} })),
      )
      .catch((failure: unknown) => failure);
    const { outcomes } = error as AddBulkError;
    expect(outcomes).toHaveLength(5_000);
    expect(outcomes[0]!.error).toBeInstanceOf(AddOutcomeUnknownError);
    expect(outcomes.at(-1)!.error).toMatchObject({ message: 'Not sent, as Redis did not answer for an earlier part.' });
    redis.thaw();
  });

  it('adds in order, in several pipelines, and returns the ids in order', async () => {
    const stream = uniqueStream();
    const app = await startApp({});
    const items = Array.from({ length: 1_234 }, (_, n) => ({ payload: { n: String(n) }, headers: { at: String(n) } }));
    const ids = await app.producer.addBulk(stream, items);
    const entries = await entriesOf(redisCli(), stream);
    expect(entries.map(({ id }) => id)).toEqual(ids);
    expect(entries.map(({ fields }) => fields.n)).toEqual(items.map(({ payload }) => payload.n));
    expect(entries[7]!.fields).toEqual({ n: '7', '~at': '7' });
    expect(await app.producer.addBulk(stream, [])).toEqual([]);
  });

  it('checks all payloads before it sends the first', async () => {
    const stream = uniqueStream();
    const app = await startApp({});
    await expect(app.producer.addBulk(stream, [{ payload: 1 }, { payload: 2n }])).rejects.toThrow(/bigint/);
    expect(await redisCli().exists(stream)).toBe(0);
  });

  it('rejects with an outcome per item when some are not accepted', async () => {
    const redis = await ownRedis('--maxmemory', '4mb', '--maxmemory-policy', 'noeviction');
    const stream = uniqueStream();
    const app = await startApp({ options: { connection: redis.url } });
    const items = Array.from({ length: 1_000 }, () => ({ payload: { text: 'x'.repeat(10_000) } }));
    const error = await app.producer.addBulk(stream, items).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(AddBulkError);
    const { outcomes } = error as AddBulkError;
    expect(outcomes).toHaveLength(1_000);
    const accepted = outcomes.flatMap(({ id }) => id ?? []);
    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.length).toBeLessThan(1_000);
    expect((await entriesOf(redisCli(redis.url), stream)).map(({ id }) => id)).toEqual(accepted);
    expect(outcomes.find((outcome) => outcome.error)!.error).toBeInstanceOf(AddRefusedError);
  });

  it('trims to about maxLen where asked', async () => {
    const stream = uniqueStream();
    const app = await startApp({});
    await app.producer.addBulk(
      stream,
      Array.from({ length: 2_000 }, () => ({ payload: {} })),
      { maxLen: 500 },
    );
    expect(await redisCli().xlen(stream)).toBeLessThan(800);
  });
});
