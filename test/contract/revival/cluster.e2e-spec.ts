import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster, streamElsewhere } from '../../support/own-cluster.js';
import { deadLetters, entriesOf, pendingCount } from '../../support/pending.js';
import { redrive, replay } from '../../support/revival.js';
import { uniqueStream } from '../../support/streams.js';

it('in a cluster tasks live again, too, and forward again to another node', { timeout: 60_000 }, async () => {
  const cluster = await ownCluster();
  const stream = uniqueStream();
  const target = await streamElsewhere(cluster, stream);
  const runs: [isReplay: boolean, redrives: number][] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
    work(@Ctx() context: StreamContext) {
      runs.push([context.isReplay, context.redrives]);
      context.forward(target, { run: runs.length });
      if (runs.length === 1) throw new Error('boom');
    }
  }
  const app = await startApp({
    controllers: [Worker],
    options: { connection: { nodes: cluster.seeds }, blockMs: 500 },
  });
  const { cli } = await cluster.masterOf(stream);
  const done = async (count: number) =>
    eventually(async () => runs.length === count && (await pendingCount(cli, stream)) === 0, 20_000);
  const id = await app.producer.add(stream, { n: 1 });
  const [letter] = await deadLetters(cli, stream);
  expect(await redrive(app, stream, [letter!.id])).toEqual(['redriven']);
  await done(2);
  expect(await replay(app, stream, [id])).toEqual(['replayed']);
  await done(3);
  expect(runs).toEqual([
    [false, 0],
    [false, 1],
    [true, 0],
  ]);
  const forwarded = await entriesOf((await cluster.masterOf(target)).cli, target);
  expect(forwarded.map(({ fields }) => fields.run)).toEqual(['2', '3']);
});
