import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { entriesOf, lastDeliveredId, marksKey, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('a task that ends while its group is lost, unknown to the mark, has its successor and its result all the same', async () => {
  const [source, target] = [uniqueStream('source'), uniqueStream('target')];
  const cli = redisCli();
  const held = deferred();
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(source, { result: { ttlMs: 60_000 } })
    async handle(@Payload() { forwards }: { forwards: boolean }, @Ctx() context: StreamContext) {
      runs.push(context.entryId);
      if (forwards) context.forward(target, { of: context.entryId });
      await held.promise;
      return 'done';
    }
  }
  const app = await startApp({ controllers: [Worker], options: { blockMs: 200 } });
  const markBefore = (await cli.hget(marksKey(source), 'workers'))!;
  const ids = await app.producer.addBulk(source, [{ payload: { forwards: true } }, { payload: { forwards: false } }]);
  await eventually(() => runs.length === 2);
  await cli.multi().hset(marksKey(source), 'workers', markBefore).xgroup('DESTROY', source, 'workers').exec();
  held.resolve();

  await eventually(
    async () => (await lastDeliveredId(cli, source)) === ids[1] && (await pendingCount(cli, source)) === 0,
  );
  expect((await entriesOf(cli, target)).map(({ fields }) => fields.of)).toEqual([ids[0]]);
  for (const id of ids) expect(await app.get(StreamTasks).result(source, id)).toBe('done');
});
