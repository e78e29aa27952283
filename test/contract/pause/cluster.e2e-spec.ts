import { Controller } from '@nestjs/common';
import { StreamGroups, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import { uniqueStream } from '../../support/streams.js';

it('in a cluster a pause reaches workers through whichever node they hear, outlives a failover, and ends there', async () => {
  const cluster = await ownCluster();
  const stream = uniqueStream('paused');
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {
      runs++;
    }
  }
  const connection = { nodes: cluster.seeds };
  const start = () => startApp({ controllers: [Worker], options: { connection, blockMs: 60_000 } });
  const [app] = await Promise.all([start(), start()]);
  const groups = app.get(StreamGroups);
  await groups.pause(stream, { by: 'ops' });
  await eventually(async () => {
    const { workers } = await groups.get(stream);
    return workers.length === 2 && workers.every(({ hasHeard }) => hasHeard);
  }, 2_000);

  const master = await cluster.masterOf(stream);
  await eventually(async () => (await master.cli.wait(1, 100)) >= 1);
  await master.kill();
  await eventually(async () => (await groups.get(stream)).pause, 30_000);
  await eventually(() => app.producer.add(stream, {}), 30_000);
  expect((await groups.drain(stream, { timeoutMs: 60_000 })).pause).toMatchObject({ by: 'ops' });
  expect(runs).toBe(0);
  await groups.resume(stream);
  await eventually(() => runs >= 1, 10_000);
}, 90_000);
