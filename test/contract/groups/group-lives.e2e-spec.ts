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

/** A worker that finishes so many entries, and how often it ran each. */
async function workerThatHasDone(count: number) {
  const stream = uniqueStream();
  const cli = redisCli();
  const runs = new Map<string, number>();

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 100 })
    async handle(@Ctx() { entryId }: StreamContext) {
      runs.set(entryId, (runs.get(entryId) ?? 0) + 1);
    }
  }
  const app = await startApp({ controllers: [Worker], options: { blockMs: 200 } });
  /** As Redis may have it when the group vanishes at the worst moment: nothing is known to be finished. */
  const markBefore = (await cli.hget(marksKey(stream), 'workers'))!;
  const ids = Array.from({ length: count }, (_, n) => `${n + 1}-0`);
  const add = cli.multi();
  for (const id of ids) add.xadd(stream, id, 'n', '1');
  await add.exec();
  const eachRan = async (times: number) =>
    runs.size === count && [...runs.values()].every((n) => n === times) && (await pendingCount(cli, stream)) === 0;
  await eventually(() => eachRan(1));
  await eventually(async () => (await cli.hget(marksKey(stream), 'workers'))!.startsWith(`${ids.at(-1)} `));
  const loseGroup = () =>
    cli.multi().hset(marksKey(stream), 'workers', markBefore).xgroup('DESTROY', stream, 'workers').exec();
  const cameAgain = async () =>
    app.logs.matching('error', /had vanished/).length > 0 && (await lastDeliveredId(cli, stream)) === ids.at(-1);
  return { stream, cli, runs, app, ids, eachRan, loseGroup, cameAgain };
}

describe('an entry that is done and comes again', () => {
  it('does not run again when its group was lost, and restored from a mark that did not know', async () => {
    const { cli, stream, eachRan, loseGroup, cameAgain } = await workerThatHasDone(20);
    await loseGroup();
    await eventually(cameAgain);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect(await eachRan(1)).toBe(true);
  });

  it('does not run again where another process restored the group', async () => {
    const stream = uniqueStream();
    const cli = redisCli();
    const held = deferred();
    const runs: string[] = [];
    const worker = (name: string, holds: string) => {
      @Controller()
      class Worker {
        @StreamHandler(stream, { concurrency: 1 })
        async handle(@Ctx() { entryId }: StreamContext) {
          runs.push(`${name} ${entryId}`);
          if (entryId === holds) await held.promise;
        }
      }
      return startApp({ controllers: [Worker], options: { blockMs: 200 } });
    };
    await worker('one', '9-0');
    const markBefore = (await cli.hget(marksKey(stream), 'workers'))!;
    for (let n = 1; n <= 9; n++) await cli.xadd(stream, `${n}-0`, 'n', '1');
    await eventually(() => runs.length === 9);
    // The first worker is full and renews its lease in ten seconds: the second one restores, and takes one entry again.
    await cli.multi().hset(marksKey(stream), 'workers', markBefore).xgroup('DESTROY', stream, 'workers').exec();
    const other = await worker('two', '1-0');
    await eventually(() => runs.includes('two 1-0'));
    expect(other.logs.matching('error', /had vanished/)).toHaveLength(1);
    held.resolve();
    await eventually(
      async () => (await lastDeliveredId(cli, stream)) === '9-0' && (await pendingCount(cli, stream)) === 0,
    );
    const byFirst = runs.filter((run) => run.startsWith('one'));
    expect(byFirst).toEqual(Array.from({ length: 9 }, (_, n) => `one ${n + 1}-0`));
  });

  it('runs again after XGROUP SETID', async () => {
    const { cli, stream, eachRan } = await workerThatHasDone(51);
    await cli.xgroup('SETID', stream, 'workers', '0');
    await eventually(() => eachRan(2));
  });

  it('runs again after XGROUP SETID, though the group was lost and restored before', async () => {
    const { cli, stream, eachRan, loseGroup, cameAgain } = await workerThatHasDone(51);
    await loseGroup();
    await eventually(cameAgain);
    await eventually(() => eachRan(1));
    await cli.xgroup('SETID', stream, 'workers', '0');
    await eventually(() => eachRan(2));
  });

  it('runs again when its group was destroyed and created by hand', async () => {
    const { cli, stream, eachRan } = await workerThatHasDone(20);
    await cli.multi().xgroup('DESTROY', stream, 'workers').xgroup('CREATE', stream, 'workers', '0').exec();
    await eventually(() => eachRan(2));
  });

  it('runs again when the marks are gone with its group', async () => {
    const { cli, stream, eachRan } = await workerThatHasDone(20);
    await cli.multi().del(marksKey(stream)).xgroup('DESTROY', stream, 'workers').exec();
    await eventually(() => eachRan(2));
  });

  it('runs again when the stream is deleted and ids come again', async () => {
    const { cli, stream, ids, eachRan } = await workerThatHasDone(20);
    const again = cli.multi().del(stream, marksKey(stream));
    for (const id of ids) again.xadd(stream, id, 'n', '2');
    await again.exec();
    await eventually(() => eachRan(2));
  });
});
