import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks, type TaskTrace } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const short = ({ tasks }: TaskTrace, streams: readonly string[]) =>
  tasks.map(({ task, depth, next }) => [streams.indexOf(task.stream), task.state, depth, next?.length]);

/** Three stages: the first forwards two tasks to the second, each of which forwards one to the third; what says so fails there. */
async function chain() {
  const streams = [uniqueStream('extract'), uniqueStream('analyze'), uniqueStream('store')] as const;
  @Controller()
  class Stages {
    @StreamHandler(streams[0])
    extract(@Payload() payload: object, @Ctx() context: StreamContext) {
      for (const part of [1, 2]) context.forward(streams[1], { ...payload, part });
    }

    @StreamHandler(streams[1])
    analyze(@Payload() payload: object, @Ctx() context: StreamContext) {
      context.forward(streams[2], payload);
    }

    @StreamHandler(streams[2], { retry: { maxDeliveries: 1 } })
    store({ part, fails }: { part: number; fails: number }) {
      if (part === fails) throw new Error('no luck');
    }
  }
  const app = await startApp({ controllers: [Stages] });
  const tasks = app.get(StreamTasks);
  const whole = async (stream: string, id: string, count = 5) =>
    eventually(async () => {
      const trace = await tasks.trace(stream, id);
      const open = trace.tasks.filter(({ task }) => ['waiting', 'running', 'retry-scheduled'].includes(task.state));
      return trace.tasks.length === count && open.length === 0 && trace;
    });
  return { app, tasks, streams, whole };
}

it('tells all tasks of a chain, with states, times and depths, whichever of them is asked for', async () => {
  const { app, tasks, streams, whole } = await chain();
  const id = await app.producer.add(streams[0], { fails: 2 });
  const trace = await whole(streams[0], id);
  expect(short(trace, streams)).toEqual([
    [0, 'completed', 0, 2],
    [1, 'completed', 1, 1],
    [1, 'completed', 1, 1],
    [2, 'completed', 2, 0],
    [2, 'dead-lettered', 2, 0],
  ]);
  expect([trace.correlationId, trace.isCut]).toEqual([id, false]);
  for (const { addedAt, endedAt, depth } of trace.tasks) {
    if (depth < 2) expect(endedAt!.getTime()).toBeGreaterThanOrEqual(addedAt!.getTime());
  }
  const [first, second] = trace.tasks;
  expect(second!.from).toEqual({ stream: streams[0], id });
  expect(first!.next).toContainEqual({ stream: streams[1], id: second!.task.id });
  for (const { task } of trace.tasks) expect(await tasks.trace(task.stream, task.id)).toEqual(trace);
});

it('a chain that began with a delayed task is found by that one’s own id, also while it is delayed', async () => {
  const { app, tasks, streams, whole } = await chain();
  const id = await app.producer.add(streams[0], {}, { delayMs: 300 });
  expect((await tasks.trace(streams[0], id)).tasks).toMatchObject([{ task: { state: 'delayed', id }, depth: 0 }]);
  const trace = await whole(streams[0], id);
  expect(trace.correlationId).toBe(id);
  expect(trace.tasks.map(({ depth }) => depth)).toEqual([0, 1, 1, 2, 2]);
});

it('what has gone from a stream is told as such, and what is still known of the others is told all the same', async () => {
  const { app, tasks, streams, whole } = await chain();
  const id = await app.producer.add(streams[0], {});
  const trace = await whole(streams[0], id);
  const middle = trace.tasks[1]!.task.id;
  const last = trace.tasks.find(({ from }) => from?.id === middle)!.task.id;
  await redisCli().xdel(streams[1], middle);
  expect(short(await tasks.trace(streams[0], id), streams)).toEqual([
    [0, 'completed', 0, 2],
    [1, 'unknown', 1, 1],
    [1, 'completed', 1, 1],
    [2, 'completed', 2, 0],
    [2, 'completed', 2, 0],
  ]);
  await redisCli().del(`{${streams[1]}}:workers:next`);
  // The way up from the last one is broken, and its chain is known by its first task.
  const broken = await tasks.trace(streams[2], last);
  expect(broken.tasks.map(({ task, depth }) => [task.id, depth])).toContainEqual([last, 2]);
  expect(broken.tasks.map(({ task }) => task.id)).toContain(id);
  expect(broken.tasks.find(({ task }) => task.id === middle)!.next).toBeUndefined();
});

it('of more than a thousand tasks it tells so many, and that there are more', async () => {
  const [source, middle, target] = [uniqueStream('one'), uniqueStream('many'), uniqueStream('most')];
  @Controller()
  class Stages {
    @StreamHandler(source)
    one(@Ctx() context: StreamContext) {
      for (let n = 0; n < 20; n++) context.forward(middle, { n });
    }

    @StreamHandler(middle)
    many(@Ctx() context: StreamContext) {
      for (let n = 0; n < 60; n++) context.forward(target, { n });
    }
  }
  const app = await startApp({ controllers: [Stages] });
  const id = await app.producer.add(source, {});
  await eventually(async () => (await redisCli().xlen(target)) === 1_200);
  const trace = await app.get(StreamTasks).trace(source, id);
  expect([trace.tasks.length, trace.isCut]).toEqual([1_000, true]);
});
