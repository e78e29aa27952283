import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { entriesOf, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker, type WorkerTask } from '../../support/worker-process.js';

it('of a worker that is killed when its handlers have returned, each task has exactly one successor in the end', async () => {
  const [source, target] = [uniqueStream('source'), uniqueStream('target')];
  const options = { leaseMs: 400, concurrency: 10 };
  const producing = await startApp({ options: { consume: false } });
  const worker = await startWorker({ stream: source, options });
  const ids = await producing.producer.addBulk(
    source,
    Array.from({ length: 200 }, (_, n) => ({
      payload: { forwardsTo: target, ...(n === 50 && { killsAtEndOf: '1' }) },
    })),
  );
  await worker.ended;

  @Controller()
  class Survivor {
    @StreamHandler(source, options)
    run(@Payload() { forwardsTo }: WorkerTask, @Ctx() context: StreamContext) {
      context.forward(forwardsTo!, { of: context.taskId });
    }
  }
  await startApp({ controllers: [Survivor] });
  const cli = redisCli();
  await eventually(async () => (await pendingCount(cli, source)) === 0 && (await cli.xlen(target)) >= 200, 20_000);
  const of = (await entriesOf(cli, target)).map(({ fields }) => fields.of);
  expect(of).toHaveLength(200);
  expect(new Set(of)).toEqual(new Set(ids));
});
