import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { RedisStreamsHealthIndicator, StreamContext, StreamHandler, StreamMonitor } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import { uniqueStream } from '../../support/streams.js';

it('works on Redis Cluster, through a moved slot and a failover', { timeout: 90_000 }, async () => {
  const cluster = await ownCluster();
  const stream = uniqueStream();
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { maxDeliveries: 2, backoff: { initialMs: 20 } } })
    async handle(@Payload() { fails }: { fails?: boolean }, @Ctx() { entryId }: StreamContext) {
      runs.push(entryId);
      if (fails) throw new Error('always');
    }
  }
  const app = await startApp({
    controllers: [Worker],
    options: { connection: { nodes: [...cluster.seeds], options: { clusterRetryStrategy: () => 200 } }, blockMs: 500 },
  });
  const accepted: string[] = [];
  const add = async (count: number) => {
    for (let n = 0; n < count; n++) accepted.push(await eventually(() => app.producer.add(stream, { n }), 30_000));
  };
  const allHandled = () => eventually(() => accepted.every((id) => runs.includes(id)), 30_000);

  await add(50);
  await app.producer.add(stream, { fails: true });
  await allHandled();
  const monitor = app.get(StreamMonitor);
  await eventually(async () => (await monitor.stats(stream)).deadLetters === 1);

  await cluster.moveSlot(stream);
  await add(50);
  await allHandled();

  // A manual failover hands over without loss: what is accepted before and after stays.
  const master = await cluster.masterOf(stream);
  const replica = cluster.replicas[cluster.masters.indexOf(master)]!;
  await replica.cli.call('CLUSTER', 'FAILOVER');
  await add(50);
  await allHandled();
  await eventually(async () => {
    const { groups } = await monitor.stats(stream);
    return groups[0]!.pending === 0 && groups[0]!.backlog.count === 0;
  }, 20_000);
  await eventually(async () => (await app.get(RedisStreamsHealthIndicator).check('s')).s.status === 'up', 20_000);
  expect(accepted).toHaveLength(150);
});
