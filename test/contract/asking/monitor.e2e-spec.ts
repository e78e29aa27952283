import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { StreamHandler, StreamMonitor, UnrecoverableError } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { deadLetterKey } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe('StreamMonitor.stats', () => {
  it('tells entries, backlog, pending, retries, oldest pending age, consumers and dead letters', async () => {
    const stream = uniqueStream();
    const held = deferred();
    let running = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 2, retry: { backoff: { initialMs: 60_000 } } })
      async handle(@Payload() { kind }: { kind: string }) {
        if (kind === 'parks') throw new Error('later');
        if (kind === 'dies') throw new UnrecoverableError('never');
        running++;
        await held.promise;
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const monitor = app.get(StreamMonitor);
    const kinds = ['parks', 'dies', 'runs', 'runs', 'waits', 'waits', 'waits'];
    const ids = await app.producer.addBulk(
      stream,
      kinds.map((kind) => ({ payload: { kind } })),
    );
    await eventually(() => running === 2);

    const stats = await eventually(async () => {
      const now = await monitor.stats(stream);
      return now.groups[0]?.retryScheduled === 1 && now.deadLetters === 1 && now;
    });
    expect(stats).toMatchObject({ stream, entries: 7, lastEntryId: ids.at(-1), deadLetters: 1 });
    const [group] = stats.groups;
    expect(group).toMatchObject({
      group: 'workers',
      backlog: { count: 3, isExact: true },
      pending: 3,
      retryScheduled: 1,
      parked: 1,
    });
    expect(group!.oldestPendingAgeMs).toBeLessThan(30_000);
    expect(group!.oldestUnfinishedId).toBe(ids[0]);
    expect(stats.heldBy).toMatchObject({ group: 'workers', sinceEntryId: ids[0] });
    expect(group!.consumers).toEqual([
      { consumer: expect.stringMatching(/@30000ms$/), pending: 2, idleMs: expect.any(Number) },
    ]);
    held.resolve();
    await eventually(() => running === 5);
    expect((await monitor.stats(stream)).groups[0]!.backlog).toEqual({ count: 0, isExact: true });
  });

  it('counts a backlog from the shorter side, and says when it stopped counting', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const app = await startApp({});
    const ids = await app.producer.addBulk(
      stream,
      Array.from({ length: 15_000 }, () => ({ payload: {} })),
    );
    for (const [group, at] of Object.entries({ all: '0', early: ids[9]!, middle: ids[7_499]!, late: ids[14_899]! })) {
      await cli.xgroup('CREATE', stream, group, at);
    }
    const { groups } = await app.get(StreamMonitor).stats(stream);
    const backlogs = Object.fromEntries(groups.map(({ group, backlog }) => [group, backlog]));
    expect(backlogs.early).toEqual({ count: 14_990, isExact: true });
    expect(backlogs.late).toEqual({ count: 100, isExact: true });
    expect(backlogs.all).toEqual({ count: 15_000, isExact: true });
    const { middle } = backlogs;
    if (middle!.isExact) expect(middle!.count).toBe(7_500);
    else expect(middle!.count).toBeLessThanOrEqual(7_500);
  });

  it('names the group that holds memory, such as an abandoned one', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const app = await startApp({});
    const ids = await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }, { payload: {} }]);
    await cli.xgroup('CREATE', stream, 'done', ids[2]!);
    await cli.xgroup('CREATE', stream, 'late', ids[1]!);
    await cli.xgroup('CREATE', stream, 'abandoned', '0');
    const monitor = app.get(StreamMonitor);
    const stats = await monitor.stats(stream);
    expect(stats.heldBy).toMatchObject({ group: 'abandoned', sinceEntryId: ids[0] });
    const unfinished = Object.fromEntries(
      stats.groups.map(({ group, oldestUnfinishedId }) => [group, oldestUnfinishedId]),
    );
    expect(unfinished).toEqual({ done: undefined, late: ids[2], abandoned: ids[0] });
    await cli.xgroup('DESTROY', stream, 'abandoned');
    await cli.xgroup('DESTROY', stream, 'late');
    expect((await monitor.stats(stream)).heldBy).toBeUndefined();
  });

  it('of a stream that does not exist is empty', async () => {
    const app = await startApp({});
    const stream = uniqueStream();
    expect(await app.get(StreamMonitor).stats(stream)).toEqual({
      stream,
      entries: 0,
      delayed: 0,
      deadLetters: 0,
      groups: [],
    });
  });
});

describe('StreamMonitor.deadLetters', () => {
  it('gives each task that was given up: why, after how many runs, by which group, and the task as it was', async () => {
    const stream = uniqueStream();

    @Controller()
    class Worker {
      @StreamHandler(stream, { group: 'gpu', retry: { maxDeliveries: 2, backoff: { initialMs: 5 } } })
      async handle() {
        throw new TypeError('no such model');
      }
    }
    const app = await startApp({ controllers: [Worker], options: { prefix: 'dead-letters:' } });
    const payload = { prompt: 'p', tokens: 12 };
    const id = await app.producer.add(stream, payload, { headers: { correlationId: 'c-1' } });
    const monitor = app.get(StreamMonitor);
    const [letter] = await eventually(async () => {
      const found = await collect(monitor.deadLetters(stream));
      return found.length === 1 && found;
    });

    expect(letter).toEqual({
      id: expect.stringMatching(/^\d+-\d+$/),
      diedAt: expect.any(Date),
      reason: 'max-deliveries',
      errorText: 'TypeError: no such model',
      stack: expect.stringContaining('monitor.e2e-spec'),
      group: 'gpu',
      deliveryCount: 2,
      entry: { id, addedAt: new Date(Number.parseInt(id, 10)), payload, headers: { correlationId: 'c-1' } },
    });

    const again = await app.producer.add(stream, letter!.entry.payload, { headers: letter!.entry.headers });
    const [, second] = await eventually(async () => {
      const found = await collect(monitor.deadLetters(stream));
      return found.length === 2 && found;
    });
    expect(second!.entry).toMatchObject({ id: again, payload, headers: { correlationId: 'c-1' } });
  });

  it('comes past those that cannot be decoded, are very wide, or are not ours, in pages, by time and with a limit', async () => {
    const stream = uniqueStream();
    const cli = redisCli();

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
      async handle() {
        throw new Error('always');
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const monitor = app.get(StreamMonitor);
    expect(await collect(monitor.deadLetters(stream))).toEqual([]);

    const key = deadLetterKey(stream);
    await cli.xadd(key, '1000-1', 'by', 'hand');
    await cli.xadd(key, '2000-1', '~dead-id', 'none', '~dead-fields', '[broken');
    await cli.xadd(stream, '*', 'tokens', 'not json', '~json:tokens', '');
    await app.producer.add(stream, Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, n])));
    await app.producer.addBulk(
      stream,
      Array.from({ length: 250 }, (_, n) => ({ payload: { n } })),
    );
    const letters = await eventually(async () => {
      const found = await collect(monitor.deadLetters(stream));
      return found.length === 254 && found;
    });
    expect(letters[0]).toMatchObject({
      ...{ id: '1000-1', reason: 'unknown', errorText: '', deliveryCount: 0 },
      entry: { id: '1000-1', payload: { by: 'hand' } },
    });
    expect(letters[1]).toMatchObject({ entry: { id: '2000-1' } });
    const [undecodable] = letters.filter(({ reason }) => reason === 'undecodable');
    expect(undecodable!.entry).toMatchObject({ error: { name: 'DecodeError' } });
    const [wide] = letters.filter(({ entry }) => Object.keys(entry.payload ?? {}).length === 5_000);
    expect(wide).toMatchObject({ errorText: 'Error: always', entry: { payload: { f0: 0, f4999: 4_999 } } });

    expect(await collect(monitor.deadLetters(stream, { to: new Date(2_000) }))).toHaveLength(2);
    expect(await collect(monitor.deadLetters(stream, { from: '2000-1', limit: 3 }))).toHaveLength(3);
    await expect(collect(monitor.deadLetters(stream, { from: 'yesterday' }))).rejects.toThrow(
      /deadLetters\(.*\): from must be a Date or an entry id/,
    );
  });

  it('is what history says where it is asked for the dead letters’ own stream', async () => {
    const app = await startApp({});
    const monitor = app.get(StreamMonitor);
    for (const name of ['{orders}:dead', 'orders:dead']) {
      await expect(collect(monitor.history(name))).rejects.toThrow(
        /Read those with StreamMonitor.deadLetters\('orders'\)/,
      );
    }
  });
});

describe('StreamMonitor.history', () => {
  it('walks the kept entries in pages, by id, by time and with a limit, and comes past what cannot be decoded', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const app = await startApp({});
    const monitor = app.get(StreamMonitor);
    for (let n = 1; n <= 350; n++) await cli.xadd(stream, `${1_000 * n}-1`, 'n', String(n));
    await cli.xadd(stream, '400000-0', '~payload', '{broken');

    const ids = async (options: Parameters<typeof monitor.history>[1]) => {
      const found: string[] = [];
      for await (const { id } of monitor.history(stream, options)) found.push(id);
      return found;
    };
    expect(await ids({})).toHaveLength(351);
    expect(new Set(await ids({})).size).toBe(351);
    expect(await ids({ from: '2000-1', to: '4000-1' })).toEqual(['2000-1', '3000-1', '4000-1']);
    expect(await ids({ from: new Date(349_000), to: new Date(350_000) })).toEqual(['349000-1', '350000-1']);
    expect(await ids({ limit: 5 })).toHaveLength(5);
    expect(await ids({ limit: 100 })).toHaveLength(100);
    expect(await ids({ limit: 101 })).toHaveLength(101);
    expect(await ids({ limit: 0 })).toEqual([]);
    await expect(ids({ from: 'yesterday' })).rejects.toThrow(/from must be a Date or an entry id/);
    for await (const entry of monitor.history(stream, { from: '400000-0' })) {
      expect(entry).toMatchObject({ id: '400000-0', payload: undefined, error: { name: 'DecodeError' } });
      expect(entry.addedAt).toEqual(new Date(400_000));
    }
  });
});
