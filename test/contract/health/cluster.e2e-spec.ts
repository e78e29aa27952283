import { Controller } from '@nestjs/common';
import { StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { ownCluster, streamElsewhere } from '../../support/own-cluster.js';
import { isWell, probedApp } from '../../support/probed-app.js';
import { uniqueStream } from '../../support/streams.js';

it('in a cluster a node that is down takes those out of service who add to its streams, until the failover, and kills nobody', async () => {
  const cluster = await ownCluster();
  const stream = uniqueStream();
  const elsewhere = await streamElsewhere(cluster, stream);

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {}
  }
  const options = { connection: { nodes: cluster.seeds } };
  const [struck, spared] = [
    await probedApp({ controllers: [Worker], options }),
    await probedApp({ options: { ...options, consume: false } }),
  ];
  await struck.producer.add(stream, {});
  await spared.producer.add(elsewhere, {});
  await eventually(async () => isWell(await struck.ready()) && isWell(await spared.ready()));

  const master = await cluster.masterOf(stream);
  await master.kill();
  const seen = new Set<string>();
  const note = async () => {
    const [live, ready, other] = await Promise.all([struck.live(), struck.ready(), spared.live()]);
    seen.add(`live ${live.code} ${other.code}, in time ${Math.max(live.tookMs, ready.tookMs) < 2_500}`);
    return ready;
  };
  await eventually(async () => (await note()).code === 503);
  await cluster.masterOf(stream);
  await eventually(async () => isWell(await note()) && isWell(await spared.ready()), 30_000);
  expect([...seen]).toEqual(['live 200 200, in time true']);
});
