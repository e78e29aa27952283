import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { entriesOf, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** Tasks of a source forward to a target, when they are let. */
function stages(source: string, target: string) {
  const goOn = deferred();
  const runs: string[] = [];
  @Controller()
  class Stages {
    @StreamHandler(source, { result: { ttlMs: 60_000 } })
    async run(@Payload() { n }: { n: number }, @Ctx() context: StreamContext) {
      runs.push(context.taskId);
      context.forward(target, { n });
      await goOn.promise;
      return n;
    }
  }
  return { Stages, runs, goOn };
}

it('while Redis has no memory for anything new, what is done is forwarded and acked all the same', async () => {
  const redis = await ownRedis();
  const [source, target] = [uniqueStream('source'), uniqueStream('target')];
  const { Stages, runs, goOn } = stages(source, target);
  const app = await startApp({ controllers: [Stages], options: { connection: redis.url } });
  const ids = await app.producer.addBulk(source, [{ payload: { n: 1 } }, { payload: { n: 2 } }]);
  await eventually(() => runs.length === 2);
  const cli = redisCli(redis.url);
  await cli.config('SET', 'maxmemory', '1');
  await expect(app.producer.add(source, { n: 3 })).rejects.toThrow(/OOM/);
  goOn.resolve();
  await eventually(async () => (await pendingCount(cli, source)) === 0);
  expect((await entriesOf(cli, target)).map(({ fields }) => fields.n)).toEqual(['1', '2']);
  expect(await app.get(StreamTasks).result(source, ids[1]!)).toBe(2);
  expect(runs).toEqual(ids);
});

it('where a stream takes nothing, the task is not run again, and is forwarded and acked as soon as it does', async () => {
  const [source, target] = [uniqueStream('source'), uniqueStream('target')];
  const { Stages, runs, goOn } = stages(source, target);
  const app = await startApp({ controllers: [Stages] });
  const cli = redisCli();
  await cli.set(target, 'no stream');
  const id = await app.producer.add(source, { n: 1 });
  goOn.resolve();
  await eventually(
    () => app.logs.matching('error', /1 tasks that have been forwarded cannot be added yet.*WRONGTYPE/)[0],
  );
  expect(await pendingCount(cli, source)).toBe(1);
  await cli.del(target);
  // The next attempt comes five seconds after the first.
  await eventually(async () => (await pendingCount(cli, source)) === 0);
  expect(await app.get(StreamTasks).result(source, id)).toBe(1);
  expect(await cli.xlen(target)).toBe(1);
  expect(runs).toEqual([id]);
});
