import { setImmediate as turn } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { StreamHandler, StreamTasks, type TaskEvent } from 'nestjs-redis-streams';
import { lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import { pendingCount } from '../../support/pending.js';
import { uniqueStream } from '../../support/streams.js';

const CHUNKS = 300;

/** A worker with results and one that streams, in one slot, and a process that asks. */
async function scene() {
  const cluster = await ownCluster();
  const stream = uniqueStream('moving');
  const chat = `{${stream}}:chat`;
  const runs: number[] = [];
  const isMoved = deferred();

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 20, result: { ttlMs: 600_000 } })
    work(@Payload() { n }: { n: number }) {
      runs.push(n);
      return { n };
    }

    @StreamHandler(chat)
    async *stream() {
      for (let n = 0; n < CHUNKS; n++) {
        yield n;
        if (n === CHUNKS / 2) await isMoved.promise;
        await turn();
      }
    }
  }
  const connection = { nodes: [...cluster.seeds] };
  await startApp({ controllers: [Worker], options: { connection } });
  const app = await startApp({ options: { connection } });
  return {
    cluster,
    stream,
    chat,
    runs,
    isMoved,
    add: app.producer.add.bind(app.producer),
    tasks: app.get(StreamTasks),
  };
}

it(
  'while a slot moves, key by key, tasks are added, awaited and watched, and none is lost',
  { timeout: 60_000 },
  async () => {
    const { cluster, stream, chat, runs, isMoved, add, tasks } = await scene();
    expect(await tasks.run(stream, { n: 0 })).toEqual({ n: 0 });
    const watched = lastValueFrom(tasks.watch(chat, await add(chat, {})).pipe(toArray()));
    const results: Promise<unknown>[] = [];
    let added = 1;
    await cluster.moveSlot(stream, async () => {
      // An add is answered whichever node has the stream by now; what it needs more of waits for the whole slot.
      results.push(tasks.result(stream, await add(stream, { n: added++ })), tasks.run(stream, { n: added++ }));
    });
    isMoved.resolve();
    const expected = Array.from({ length: added }, (_, n) => n);
    expect(await Promise.all(results)).toEqual(expected.slice(1).map((n) => ({ n })));
    expect(runs.toSorted((a, b) => a - b)).toEqual(expected);
    const events: TaskEvent[] = await watched;
    expect(events.flatMap((event) => (event.type === 'chunk' ? [event.value] : []))).toEqual(
      Array.from({ length: CHUNKS }, (_, n) => n),
    );
    expect(events.at(-1)).toMatchObject({ type: 'end', task: { state: 'completed' } });
    const { cli } = await cluster.masterOf(stream);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
  },
);

it('what ends, enters or is added before the first key has moved is all there', { timeout: 60_000 }, async () => {
  const { cluster, stream, runs, add, tasks } = await scene();
  const { cli } = await cluster.masterOf(stream);
  // All keys are there that its scripts name: so nothing but what they find out by themselves keeps them from running here.
  await cli.hset(`{${stream}}:workers:cancels`, '1-0', '1:');
  await cli.xadd(`{${stream}}:dead`, '*', 'n', '0');
  await add(stream, { n: -1 }, { delayMs: 3_600_000 });
  const delayed = await Promise.all([0, 1, 2].map((n) => add(stream, { n }, { delayMs: 500 })));
  const dueAt = performance.now() + 500;
  const results: Promise<unknown>[] = [];
  let hasBegun = false;
  await cluster.moveSlot(stream, async () => {
    if (hasBegun) return;
    hasBegun = true;
    results.push(...[3, 4, 5].map(async (n) => tasks.result(stream, await add(stream, { n }))));
    await eventually(() => [3, 4, 5].every((n) => runs.includes(n)));
    results.push(...[6, 7].map((n) => tasks.run(stream, { n }, { delayMs: 1 })));
    await eventually(() => performance.now() > dueAt + 200);
  });
  expect(await Promise.all(results)).toEqual([3, 4, 5, 6, 7].map((n) => ({ n })));
  for (const [n, id] of delayed.entries()) expect(await tasks.result(stream, id)).toEqual({ n });
  expect(runs.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});
