import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('chunks that a failover loses are told as a gap to whoever has not seen them', async () => {
  const stream = uniqueStream('gaps');
  const [more, rest] = [deferred(), deferred()];
  @Controller()
  class Worker {
    @StreamHandler(stream, { output: { flushMs: 0 } })
    async *handle() {
      yield 'a';
      await more.promise;
      yield* ['b', 'c'];
      await rest.promise;
      yield 'd';
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const tasks = app.get(StreamTasks);
  const cli = redisCli();
  const id = await app.producer.add(stream, {});
  const output = `{${stream}}:workers:out:${id}`;
  const told: string[] = [];
  tasks.watch(stream, id).subscribe((event) => {
    if (event.type !== 'state') told.push(event.type === 'chunk' ? String(event.value) : event.type);
  });
  await eventually(() => told.length === 1);
  // What a replica has that lags, and is made the master.
  const lagging = await cli.dumpBuffer(output);
  more.resolve();
  await eventually(() => told.length === 3);
  await cli.restore(output, 60_000, lagging, 'REPLACE');
  rest.resolve();
  await eventually(() => told.at(-1) === 'end');
  expect(told).toEqual(['a', 'b', 'c', 'd', 'end']);
  const later = await lastValueFrom(tasks.watch(stream, id).pipe(toArray()));
  expect(later.flatMap((event) => (event.type === 'chunk' ? event.value : event.type))).toEqual([
    ...['state', 'a', 'gap', 'd', 'end'],
  ]);
});

const kept = (progress: unknown) => (progress as { n: number } | undefined)?.n;

it('progress takes no more of an output than its chunks may, and its last word is in the record', async () => {
  const stream = uniqueStream('progress-share');
  @Controller()
  class Worker {
    @StreamHandler(stream, { output: { maxBytes: 1_024 } })
    async *handle(@Ctx() context: StreamContext) {
      for (let n = 1; n <= 4; n++) {
        context.progress({ n, text: 'x'.repeat(400) });
        await eventually(async () => kept((await tasks.get(stream, context.taskId)).progress) === n);
      }
      yield 'all the same';
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const tasks = app.get(StreamTasks);
  const id = await app.producer.add(stream, {});
  const done = await eventually(async () => {
    const task = await tasks.get(stream, id);
    return task.state === 'completed' && task;
  });
  expect(kept(done.progress)).toBe(4);
  const entries = await redisCli().xrange(`{${stream}}:workers:out:${id}`, '-', '+');
  expect(entries.map(([, [kind]]) => kind)).toEqual(['b', 'p', 'p', 'c', 'e']);
});
