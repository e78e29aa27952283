import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { type RunningApp, startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** Adds tasks in rounds, as history is looked at once a second, until the check passes. */
async function addUntil({ producer }: RunningApp, stream: string, check: () => Promise<boolean>): Promise<void> {
  await eventually(async () => {
    await producer.addBulk(
      stream,
      Array.from({ length: 100 }, (_, n) => ({ payload: { n: String(n) } })),
    );
    return check();
  }, 40_000);
}

/** A producer's own ids, in nanoseconds. */
function idAt(nanoseconds: number, n: number): string {
  return `1700000000000000${nanoseconds}-${n}`;
}

describe('the history of finished entries', { timeout: 60_000 }, () => {
  it('is kept to about retention.maxEntries, and never to less', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    let handled = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { retention: { maxEntries: 1_000 } })
      async handle() {
        handled++;
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.addBulk(
      stream,
      Array.from({ length: 3_000 }, () => ({ payload: {} })),
    );
    await eventually(() => handled === 3_000);

    let shortest = Infinity;
    let added = 3_000;
    await addUntil(app, stream, async () => {
      added += 100;
      await eventually(() => handled === added);
      const length = await cli.xlen(stream);
      shortest = Math.min(shortest, length);
      return handled > 6_000 && length < handled / 2;
    });
    expect(shortest).toBeGreaterThanOrEqual(1_000);
  });

  it('never loses what any group has not finished: waiting, running, or scheduled for a retry', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const held = deferred();
    const slow: string[] = [];
    let handled = 0;
    const first = (await cli.xadd(stream, '*', 'n', 'held'))!;

    @Controller()
    class Worker {
      @StreamHandler(stream, { retention: { maxEntries: 0 }, retry: { backoff: { initialMs: 60_000 } } })
      async handle(@Payload() { n }: { n: string }, @Ctx() { deliveryCount }: StreamContext) {
        handled++;
        if (n === 'held' && deliveryCount === 1) throw new Error('scheduled in a minute');
      }

      @StreamHandler(stream, { group: 'slow', concurrency: 1, retention: { maxEntries: 0 } })
      async handleSlowly(@Ctx() { entryId }: StreamContext) {
        slow.push(entryId);
        await held.promise;
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const since = performance.now();
    await addUntil(app, stream, async () => performance.now() - since > 2_500);
    await eventually(() => slow.length === 1);
    expect((await cli.xrange(stream, '-', '+', 'COUNT', 1))[0]![0]).toBe(first);

    // The slow group goes on; the other one’s scheduled entry still holds the rest.
    held.resolve();
    await eventually(() => slow.length === handled, 30_000);
    await addUntil(app, stream, async () => slow.length > 500 && (await pendingCount(cli, stream, 'slow')) === 0);
    expect((await cli.xrange(stream, '-', '+', 'COUNT', 1))[0]![0]).toBe(first);
  });

  it('keeps what a group had not finished when it vanished', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    let handled = 0;

    @Controller()
    class Fast {
      @StreamHandler(stream, { retention: { maxEntries: 0 } })
      async handle() {
        handled++;
      }
    }
    @Controller()
    class Slow {
      @StreamHandler(stream, { group: 'slow' })
      async handle() {}
    }
    // The slow group has been there, has finished nothing, and its workers are down when it vanishes.
    const slow = await startApp({ controllers: [Slow] });
    await slow.close();
    const app = await startApp({ controllers: [Fast] });
    const first = await app.producer.add(stream, {});
    await cli.xgroup('DESTROY', stream, 'slow');
    const since = performance.now();
    await addUntil(app, stream, async () => performance.now() - since > 2_500);
    expect((await cli.xrange(stream, '-', '+', 'COUNT', 1))[0]![0]).toBe(first);
    expect(await cli.xlen(stream)).toBeGreaterThanOrEqual(handled);
  });

  it('keeps what a group was moved back to by XGROUP SETID, though it has a later entry pending', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    await cli.xgroup('CREATE', stream, 'other', '0', 'MKSTREAM');
    const add = cli.pipeline();
    for (let n = 0; n < 500; n++) add.xadd(stream, '*', 'n', String(n));
    const ids = (await add.exec())!.map(([, id]) => id as string);
    await cli.xreadgroup('GROUP', 'other', 'someone', 'COUNT', 500, 'STREAMS', stream, '>');
    await cli.xack(stream, 'other', ...ids.slice(0, -1));
    await cli.xgroup('SETID', stream, 'other', ids[9]!);
    let handled = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { retention: { maxEntries: 0 } })
      async handle() {
        handled++;
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const since = performance.now();
    await addUntil(app, stream, async () => performance.now() - since > 1_000);
    expect(handled).toBeGreaterThan(500);
    expect(await cli.xrange(stream, ids[10]!, ids.at(-1)!)).toHaveLength(490);
  });

  it('never loses unfinished entries whose ids are too large for a floating-point number', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    await cli.xgroup('CREATE', stream, 'other', '0', 'MKSTREAM');
    const add = cli.pipeline();
    for (let n = 0; n < 300; n++) add.xadd(stream, idAt(190, n), 'n', 'finished');
    for (let n = 0; n < 300; n++) add.xadd(stream, idAt(200, n), 'n', 'unfinished');
    const ids = (await add.exec())!.map(([, id]) => id as string);
    await cli.xreadgroup('GROUP', 'other', 'someone', 'COUNT', 600, 'STREAMS', stream, '>');
    await cli.xack(stream, 'other', ...ids.slice(0, 300));
    let handled = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { retention: { maxEntries: 0 } })
      async handle() {
        handled++;
      }
    }
    const app = await startApp({ controllers: [Worker] });
    // Once the finished ones go, all that may go has been found out.
    await addUntil(
      app,
      stream,
      async () => handled > 600 && (await cli.xrange(stream, '-', '+', 'COUNT', 1))[0]![0] !== ids[0],
    );
    expect(await cli.xrange(stream, idAt(200, 0), idAt(200, 299))).toHaveLength(300);
  });

  it('goes by age where retention.maxAgeMs says so', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    let handled = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { retention: { maxAgeMs: 1_500 } })
      async handle() {
        handled++;
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const [first] = await app.producer.addBulk(
      stream,
      Array.from({ length: 500 }, () => ({ payload: {} })),
    );
    await eventually(() => handled === 500);
    expect(await cli.xlen(stream)).toBe(500);
    const bornAt = Number.parseInt(first!, 10);
    await addUntil(app, stream, async () => (await cli.xrange(stream, first!, first!)).length === 0);
    expect(Date.now() - bornAt).toBeGreaterThan(1_450);
  });

  it('waits for a silent group, unless abandonGroupAfterMs says for how long', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    await cli.xgroup('CREATE', stream, 'forgotten', '0', 'MKSTREAM');
    const first = (await cli.xadd(stream, '*', 'n', '1'))!;
    const since = performance.now();
    await cli.xreadgroup('GROUP', 'forgotten', 'someone', 'COUNT', 1, 'STREAMS', stream, '>');

    @Controller()
    class Worker {
      @StreamHandler(stream, { retention: { maxEntries: 0 }, leaseMs: 600 })
      async handle() {}
    }
    const options = { abandonGroupAfterMs: 2_000, claimForeignAfterMs: 1_000 };
    const app = await startApp({ controllers: [Worker], options });
    await addUntil(app, stream, async () => performance.now() - since > 2_000);
    expect((await cli.xrange(stream, '-', '+', 'COUNT', 1))[0]![0]).toBe(first);
    await addUntil(app, stream, async () => (await cli.xrange(stream, first, first)).length === 0);
    expect(performance.now() - since).toBeGreaterThan(2_900);
  });
});

it('removes dead consumers that own nothing, never one with pending entries, never a foreign one', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  await cli.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
  await cli.xadd(stream, '*', 'n', '1');
  const read = (consumer: string) => cli.xreadgroup('GROUP', 'workers', consumer, 'COUNT', 1, 'STREAMS', stream, '>');
  await read('owner:1:aaaa@3600000ms');
  for (const consumer of ['dead:1:bbbb@200ms', 'python-worker', 'python@5ms']) {
    await cli.xadd(stream, '*', 'n', '2');
    const reply = (await read(consumer)) as [string, [string, string[]][]][];
    await cli.xack(stream, 'workers', reply[0]![1][0]![0]);
  }
  const names = async () =>
    ((await cli.xinfo('CONSUMERS', stream, 'workers')) as unknown[][]).map((fields) => fields[1] as string);
  expect(await names()).toHaveLength(4);

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 200 })
    async handle() {}
  }
  await startApp({ controllers: [Worker], options: { blockMs: 100 } });
  await eventually(async () => !(await names()).includes('dead:1:bbbb@200ms'));
  expect(await names()).toEqual(expect.arrayContaining(['owner:1:aaaa@3600000ms', 'python-worker', 'python@5ms']));
});
