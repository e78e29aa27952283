import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

describe('consumer groups', () => {
  it('each receive every entry, whatever characters their names hold', async () => {
    const stream = uniqueStream();
    const seen: Record<string, string[]> = { workers: [], 'audit {all}: änd more': [] };

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Ctx() { group, entryId }: StreamContext) {
        seen[group]!.push(entryId);
      }

      @StreamHandler(stream, { group: 'audit {all}: änd more', retry: { backoff: { initialMs: 5 } } })
      async audit(@Ctx() { group, entryId, deliveryCount }: StreamContext) {
        if (deliveryCount === 1) throw new Error('the retry set of this group works, too');
        seen[group]!.push(entryId);
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const ids = await app.producer.addBulk(stream, [{ payload: { n: 1 } }, { payload: { n: 2 } }]);

    await eventually(() => Object.values(seen).every((entries) => entries.length === 2));
    for (const entries of Object.values(seen)) expect(entries.toSorted()).toEqual(ids);
  });

  it('begin at the first entry when they are new, and say how many that are', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const before = [await cli.xadd(stream, '*', 'n', '1'), await cli.xadd(stream, '*', 'n', '2')];
    const seen: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Ctx() { entryId }: StreamContext) {
        seen.push(entryId);
      }
    }
    const app = await startApp({ controllers: [Worker] });

    await eventually(() => seen.length === 2);
    expect(seen).toEqual(before);
    expect(app.logs.matching('log', /created the group 'workers' with 2 entries to process/)).toHaveLength(1);
  });

  it('begin at new entries, at an id or at a time where startFrom says so', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    await cli.xadd(stream, '1000-1', 'n', 'a');
    await cli.xadd(stream, '2000-0', 'n', 'b');
    await cli.xadd(stream, '2000-5', 'n', 'c');
    const seen: Record<string, string[]> = { new: [], id: [], date: [] };

    @Controller()
    class Worker {
      @StreamHandler(stream, { group: 'new', startFrom: 'new' })
      async fromNew(@Ctx() { entryId }: StreamContext) {
        seen.new!.push(entryId);
      }

      @StreamHandler(stream, { group: 'id', startFrom: '2000-5' })
      async fromId(@Ctx() { entryId }: StreamContext) {
        seen.id!.push(entryId);
      }

      @StreamHandler(stream, { group: 'date', startFrom: new Date(2_000) })
      async fromDate(@Ctx() { entryId }: StreamContext) {
        seen.date!.push(entryId);
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const id = await app.producer.add(stream, {});

    await eventually(() => Object.values(seen).every((entries) => entries.at(-1) === id));
    expect(seen).toEqual({ new: [id], id: ['2000-5', id], date: ['2000-0', '2000-5', id] });
  });

  it('that vanish are created again where they had got to, also with startFrom new: nothing unfinished is skipped', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const seen: string[] = [];
    let hold = true;

    @Controller()
    class Worker {
      @StreamHandler(stream, { startFrom: 'new', concurrency: 1 })
      async handle(@Ctx() { entryId }: StreamContext) {
        seen.push(entryId);
        await eventually(() => !hold);
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const ids = await app.producer.addBulk(
      stream,
      Array.from({ length: 5 }, (_, n) => ({ payload: { n } })),
    );
    await eventually(() => seen.length === 1);

    await cli.xgroup('DESTROY', stream, 'workers');
    hold = false;

    await eventually(() => new Set(seen).size === 5);
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(app.logs.matching('error', /had vanished/).length).toBeGreaterThan(0);
  });

  it('with startFrom new that vanish before anything is finished begin where they were created, in a new process, too', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    await cli.xadd(stream, '*', 'n', 'excluded');
    const seen: string[] = [];
    const held = deferred();

    @Controller()
    class Worker {
      @StreamHandler(stream, { startFrom: 'new', concurrency: 1 })
      async handle(@Ctx() { entryId }: StreamContext) {
        seen.push(entryId);
        await held.promise;
      }
    }
    const first = await startApp({ controllers: [Worker], options: { shutdownTimeoutMs: 0 } });
    const ids = await first.producer.addBulk(stream, [{ payload: {} }, { payload: {} }, { payload: {} }]);
    await eventually(() => seen.length === 1);
    await first.close();
    await cli.xgroup('DESTROY', stream, 'workers');
    seen.length = 0;
    held.resolve();

    await startApp({ controllers: [Worker] });
    await eventually(() => seen.length === 3);
    expect(seen).toEqual(ids);
  });

  it('are created again after the whole stream was deleted, and the next entries are handled', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const seen: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Ctx() { entryId }: StreamContext) {
        seen.push(entryId);
      }
    }
    const app = await startApp({ controllers: [Worker], options: { blockMs: 500 } });
    await app.producer.add(stream, {});
    await eventually(() => seen.length === 1);

    await cli.del(stream);
    const id = await app.producer.add(stream, {});
    await eventually(() => seen.includes(id));
  });
});

it('a group that is destroyed is put together again: what runs goes on and settles, what was done stays done', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const held = deferred();
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 4, retry: { backoff: { initialMs: 3_000, jitter: 0 } } })
    async handle(@Payload() { kind }: { kind: string }, @Ctx() { deliveryCount }: StreamContext) {
      runs.push(`${kind} ${deliveryCount}`);
      if (kind === 'long') await held.promise;
      if (kind === 'fails' && deliveryCount === 1) throw new Error('once');
    }
  }
  const app = await startApp({ controllers: [Worker], options: { blockMs: 300 } });
  const kinds = ['long', 'fails', ...Array.from({ length: 50 }, () => 'short')];
  const ids = await app.producer.addBulk(
    stream,
    kinds.map((kind) => ({ payload: { kind } })),
  );
  await eventually(async () => runs.length === 52 && (await pendingCount(cli, stream)) === 2);
  // The mark follows some 50 ms after the last settlement; one from before it lists short ones as pending.
  await eventually(async () => {
    const [progress, ...owners] = (await cli.hget(`{${stream}}:marks`, 'workers'))!.split('\n');
    const pendingIds = owners.flatMap((owner) => owner.split(','));
    return progress!.split(' ')[1] === ids.at(-1) && pendingIds.length === 2;
  });

  await cli.xgroup('DESTROY', stream, 'workers');
  await eventually(() => app.logs.matching('error', /had vanished.*2 pending ones put back/).length === 1);
  held.resolve();
  await eventually(async () => runs.length === 53 && (await pendingCount(cli, stream)) === 0);
  expect(runs.filter((run) => run.startsWith('short'))).toHaveLength(50);
  expect(runs.filter((run) => !run.startsWith('short'))).toEqual(['long 1', 'fails 1', 'fails 2']);
  expect(app.logs.matching('warn', /lost its lease|lost its group/)).toEqual([]);
});
