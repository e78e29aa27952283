import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { lastDeliveredId, marksKey, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

type PendingRow = [id: string, consumer: string, idleMs: number, deliveryCount: number];

describe('a group that vanishes', () => {
  it('is restored by a worker that is full, within a third of its lease, and what runs goes on', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const held = deferred();
    const runs: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 1, leaseMs: 1_500 })
      async handle(@Ctx() { entryId, signal }: StreamContext) {
        runs.push(entryId);
        await held.promise;
        expect(signal.aborted).toBe(false);
      }
    }
    const app = await startApp({ controllers: [Worker], options: { blockMs: 200 } });
    const id = await app.producer.add(stream, {});
    await eventually(async () => (await cli.hget(marksKey(stream), 'workers'))!.includes(`${id}:1`));

    await cli.xgroup('DESTROY', stream, 'workers');
    await eventually(async () => (await pendingCount(cli, stream)) === 1, 3_000);
    held.resolve();
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect(runs).toEqual([id]);
    expect(app.logs.matching('warn', /lost/)).toEqual([]);
  });

  it('costs no second run of what ended meanwhile, though no mark knew of it', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const held = deferred();
    const runs: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 1 })
      async handle(@Ctx() { entryId }: StreamContext) {
        runs.push(entryId);
        await held.promise;
      }
    }
    const app = await startApp({ controllers: [Worker], options: { blockMs: 200 } });
    const markBefore = (await cli.hget(marksKey(stream), 'workers'))!;
    const id = await app.producer.add(stream, {});
    await eventually(() => runs.length === 1);
    await cli.multi().hset(marksKey(stream), 'workers', markBefore).xgroup('DESTROY', stream, 'workers').exec();
    held.resolve();

    await eventually(
      async () => (await lastDeliveredId(cli, stream)) === id && (await pendingCount(cli, stream)) === 0,
    );
    expect(runs).toEqual([id]);
    const next = await app.producer.add(stream, {});
    await eventually(() => runs.length === 2);
    expect(runs).toEqual([id, next]);
  });

  it('gives long tasks back to their owners, though nothing was finished since they began', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const held = deferred();
    const runs: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 6 })
      async handle(@Ctx() { entryId }: StreamContext) {
        runs.push(entryId);
        await held.promise;
      }
    }
    const app = await startApp({ controllers: [Worker], options: { blockMs: 200 } });
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) {
      ids.push(await app.producer.add(stream, {}));
      await eventually(() => runs.length === ids.length);
    }
    const idle = await startApp({ controllers: [Worker], options: { blockMs: 200 } });
    const owners = async () =>
      ((await cli.xpending(stream, 'workers', '-', '+', 10)) as PendingRow[]).map(([id, owner]) => `${id} ${owner}`);
    const before = await owners();
    await eventually(async () => {
      const mark = (await cli.hget(marksKey(stream), 'workers'))!;
      return ids.every((id) => mark.includes(`${id}:1`));
    }, 3_000);

    await cli.xgroup('DESTROY', stream, 'workers');
    const restored = () => [app, idle].some(({ logs }) => logs.matching('error', /6 pending ones put back/).length > 0);
    await eventually(restored);
    expect(await owners()).toEqual(before);
    held.resolve();
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect(runs).toEqual(ids);
  });

  it('gives entries back to consumers whose names hold spaces', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const held = deferred();
    let finished = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 1 })
      async handle() {
        await held.promise;
        finished++;
      }
    }
    const app = await startApp({ controllers: [Worker], options: { blockMs: 200 } });
    await app.producer.add(stream, {});
    await eventually(async () => (await pendingCount(cli, stream)) === 1);
    // The worker is full: what comes now is for others.
    const id = await app.producer.add(stream, {});
    await cli.xreadgroup('GROUP', 'workers', 'worker 1 (100%)', 'COUNT', 1, 'STREAMS', stream, '>');
    held.resolve();
    await eventually(async () => {
      const [progress, ...owners] = (await cli.hget(marksKey(stream), 'workers'))!.split('\n');
      return finished === 1 && progress!.split(' ')[1] === id && owners.length === 1;
    });

    await cli.xgroup('DESTROY', stream, 'workers');
    await eventually(async () => (await pendingCount(cli, stream)) === 1);
    const [[, owner]] = (await cli.xpending(stream, 'workers', id, id, 1)) as [PendingRow];
    expect(owner).toBe('worker 1 (100%)');
  });

  it('begins where it was also after the clock of the server has jumped by more than a day', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const seen: string[] = [];
    let handled = 0;

    @Controller()
    class Late {
      @StreamHandler(stream, { group: 'late', startFrom: 'new' })
      async handle(@Ctx() { entryId }: StreamContext) {
        seen.push(entryId);
      }
    }
    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle() {
        handled++;
      }
    }
    const first = await startApp({ controllers: [Late] });
    await first.producer.add(stream, {});
    await eventually(() => seen.length === 1);
    await first.close();
    await cli.xgroup('DESTROY', stream, 'late');
    const app = await startApp({ controllers: [Worker] });
    await eventually(() => handled === 1);
    // To a script, marks that are a day old and a clock that is a day ahead are the same.
    for (const [group, mark] of Object.entries(await cli.hgetall(marksKey(stream)))) {
      const [at, last, finished, time, ...rest] = mark.split(' ');
      const earlier = String(Number(time) - 25 * 3_600_000);
      await cli.hset(marksKey(stream), group, [at, last, finished, earlier, ...rest].join(' '));
    }
    const ids = [await app.producer.add(stream, {}), await app.producer.add(stream, {})];
    await eventually(async () => (await cli.hget(marksKey(stream), 'workers'))!.startsWith(ids[1]!));

    seen.length = 0;
    await startApp({ controllers: [Late] });
    await eventually(() => seen.length === 2);
    expect(seen).toEqual(ids);
  });
});
