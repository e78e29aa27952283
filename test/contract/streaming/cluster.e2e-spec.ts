import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks, type TaskEvent } from 'nestjs-redis-streams';
import { lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { ownCluster } from '../../support/own-cluster.js';
import { uniqueStream } from '../../support/streams.js';

it('streams and is watched on Redis Cluster, with a slot that moves meanwhile', { timeout: 90_000 }, async () => {
  const cluster = await ownCluster();
  const stream = uniqueStream('streaming');
  let move: Promise<void> | undefined;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async *stream(@Ctx() context: StreamContext) {
      for (let n = 0; n < 300; n++) {
        yield n;
        context.progress({ n });
        if (n === 100) move = cluster.moveSlot(stream);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await move;
      return 'done';
    }
  }
  const app = await startApp({
    controllers: [Worker],
    options: { connection: { nodes: [...cluster.seeds], options: { clusterRetryStrategy: () => 200 } }, blockMs: 500 },
  });
  const id = await app.producer.add(stream, { n: 1 });
  const events: TaskEvent[] = await lastValueFrom(app.get(StreamTasks).watch(stream, id).pipe(toArray()));
  expect(events.flatMap((event) => (event.type === 'chunk' ? [event.value] : []))).toEqual(
    Array.from({ length: 300 }, (_, n) => n),
  );
  expect(events.filter(({ type }) => type === 'restart')).toEqual([]);
  expect(events.findLast(({ type }) => type === 'progress')).toMatchObject({ value: { n: 299 } });
  expect(events.at(-1)).toMatchObject({ type: 'end', task: { state: 'completed', result: 'done' } });
});
