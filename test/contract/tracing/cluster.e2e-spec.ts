import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { DeadLetters, StreamContext, StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';
import { RedisStreamsTracingModule } from 'nestjs-redis-streams/tracing';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster, streamElsewhere } from '../../support/own-cluster.js';
import { deadLetters } from '../../support/pending.js';
import { uniqueStream } from '../../support/streams.js';
import { Traces } from '../../support/traces.js';

it('in a cluster a trace goes on over nodes, and through a redrive', { timeout: 60_000 }, async () => {
  const cluster = await ownCluster();
  const traces = new Traces();
  const stream = uniqueStream();
  const target = await streamElsewhere(cluster, stream);
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    work(@Ctx() context: StreamContext) {
      if (++runs === 1) throw new UnrecoverableError('not yet');
      context.forward(target, { run: runs });
    }

    @StreamHandler(target)
    end() {}
  }
  const app = await startApp({
    controllers: [Worker],
    imports: [RedisStreamsTracingModule.forRoot({ correlation: 'parent' })],
    options: { connection: { nodes: cluster.seeds }, blockMs: 500 },
  });
  await app.producer.add(stream, { n: 1 });
  const send = await traces.one(`send ${stream}`);
  const { cli } = await cluster.masterOf(stream);
  await eventually(async () => (await deadLetters(cli, stream)).length === 1);
  await app.get(DeadLetters).redrive(stream, { all: true });

  const last = await traces.one(`process ${target}`);
  const created = await traces.one(`create ${target}`);
  const [first, second] = await traces.ended(`process ${stream}`, 2);
  const redrive = await traces.one(`redrive ${stream}`);
  expect(second).toMatchObject({ parent: send.id, links: [redrive.id, first!.id] });
  expect(created.parent).toBe(second!.id);
  expect(last).toMatchObject({ parent: created.id, trace: send.trace });
});
