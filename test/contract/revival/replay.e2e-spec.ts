import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters, entriesOf, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { redrive, replay } from '../../support/revival.js';
import { uniqueStream } from '../../support/streams.js';

it('a replayed task runs again for one group, knows it, and forwards again; what it did once, and is kept, is not done again', async () => {
  const [stream, target] = [uniqueStream(), uniqueStream('target')];
  const cli = redisCli();
  const runs: boolean[] = [];
  const keys: string[] = [];
  let others = 0;

  @Controller()
  class Workers {
    @StreamHandler(stream, { result: { ttlMs: 60_000 } })
    async work(@Ctx() context: StreamContext) {
      runs.push(context.isReplay);
      await context.once('charge', (key) => void keys.push(key));
      context.forward(target, { run: runs.length });
      return runs.length;
    }

    @StreamHandler(stream, { group: 'audit' })
    audit() {
      others++;
    }
  }
  const app = await startApp({ controllers: [Workers] });
  const tasks = app.get(StreamTasks);
  const id = await app.producer.add(stream, { n: 1 });
  expect(await tasks.result(stream, id)).toBe(1);
  for (const run of [2, 3]) {
    expect(await replay(app, stream, [id])).toEqual(['replayed']);
    expect(await tasks.result(stream, id)).toBe(run);
  }
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(runs).toEqual([false, true, true]);
  expect(keys).toHaveLength(1);
  expect((await entriesOf(cli, target)).map(({ fields }) => fields.run)).toEqual(['1', '2', '3']);
  expect(others).toBe(1);
});

it('a replay that fails is still one when it is redriven', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const runs: [isReplay: boolean, redrives: number][] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
    work(@Ctx() { isReplay, redrives }: StreamContext) {
      runs.push([isReplay, redrives]);
      if (runs.length === 2) throw new Error('boom');
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const id = await app.producer.add(stream, { n: 1 });
  await eventually(async () => runs.length === 1 && (await pendingCount(cli, stream)) === 0);
  await replay(app, stream, [id]);
  const [letter] = await deadLetters(cli, stream);
  expect(await replay(app, stream, [id])).toEqual(['dead-lettered']);
  expect(await redrive(app, stream, [letter!.id])).toEqual(['redriven']);
  await eventually(() => runs.length === 3);
  expect(runs).toEqual([
    [false, 0],
    [true, 0],
    [true, 1],
  ]);
});
