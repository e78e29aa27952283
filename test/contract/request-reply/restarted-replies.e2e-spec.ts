import { once } from 'node:events';
import { Controller } from '@nestjs/common';
import { RedisStreamsClient, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { kill, type ReplyTask, startReplyProcess } from '../../support/reply-process.js';
import { uniqueStream } from '../../support/streams.js';

it('a reply comes from another process', async () => {
  const stream = uniqueStream('reply');
  await startReplyProcess({ stream });
  const requester = await startReplyProcess({ stream, sends: { chunks: ['a', 'b'], result: 'ab' } });
  expect(await once(requester, 'message')).toEqual([{ emitted: ['a', 'b', 'ab'] }, undefined]);
});

/** A worker is killed when it has written that; another one runs the task again, and writes something. */
async function restarted(first: readonly unknown[], again: ReplyTask) {
  const stream = uniqueStream('reply');
  const dying = await startReplyProcess({ stream, holds: true });
  const requester = await startApp({});
  const emitted: unknown[] = [];
  const ended = new Promise<unknown>((resolve) => {
    requester
      .get(RedisStreamsClient)
      .send(stream, { chunks: first })
      .subscribe({ next: (value) => emitted.push(value), error: resolve, complete: () => resolve('completed') });
  });
  await eventually(() => emitted.length === first.length);
  await kill(dying);
  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 1_000 })
    async *reply() {
      yield* again.chunks;
      return again.result;
    }
  }
  await startApp({ controllers: [Worker] });
  return { end: await ended, emitted };
}

it.each<[string, ReplyTask, unknown[]]>([
  ['the same, and more: it goes on where it was', { chunks: ['a', 'b', 'c', 'd'] }, ['a', 'b', 'c', 'd']],
  [
    'something else: the result comes, and no more chunks',
    { chunks: ['x', 'y', 'z'], result: 'xyz' },
    ['a', 'b', 'xyz'],
  ],
])('a worker is killed in mid-reply, and the next run writes %s', async (_what, again, expected) => {
  expect(await restarted(['a', 'b'], again)).toEqual({ end: 'completed', emitted: expected });
});

it('where the next run writes something else and returns nothing, the subscriber is told in the end', async () => {
  const { end, emitted } = await restarted(['a', 'b'], { chunks: ['x', 'y', 'z'] });
  expect(emitted).toEqual(['a', 'b']);
  expect(end).toMatchObject({ name: 'TaskRpcException', task: { state: 'completed' } });
  expect((end as Error).message).toMatch(/The reply is not what was emitted of it/);
});

it('the requester is killed: the reply is there for whoever has the id', async () => {
  const stream = uniqueStream('reply');
  const requester = await startReplyProcess({ stream, sends: { chunks: ['a'], result: { n: 1 } } });
  const cli = redisCli();
  const [[id]] = await eventually(async () => {
    const entries = await cli.xrange(stream, '-', '+');
    return entries.length === 1 && (entries as [[string, string[]]]);
  });
  await kill(requester);
  const tasks = (await startApp({})).get(StreamTasks);
  const result = tasks.result(stream, id);
  await startReplyProcess({ stream });
  expect(await result).toEqual({ n: 1 });
});
