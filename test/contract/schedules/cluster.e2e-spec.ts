import { StreamSchedules } from 'nestjs-redis-streams';
import { it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import { uniqueStream } from '../../support/streams.js';

it('ticks on Redis Cluster, on each node, while a slot moves', { timeout: 90_000 }, async () => {
  const cluster = await ownCluster();
  const options = {
    connection: { nodes: [...cluster.seeds], options: { clusterRetryStrategy: () => 200 } },
  };
  const [one, other] = [
    (await startApp({ options })).get(StreamSchedules),
    (await startApp({ options })).get(StreamSchedules),
  ];
  const streams = Array.from({ length: 6 }, (_, n) => uniqueStream(`cluster-${n}`));
  for (const stream of streams) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await one.upsert(stream, { name: 'tick', everyMs: 1_000, payload: { n: 1 } });
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await other.resume(stream, 'tick');
  }
  const lastTicks = async () =>
    (await one.list()).filter(({ stream }) => streams.includes(stream)).map(({ lastTickAt }) => lastTickAt.getTime());
  const haveTickedSince = async (ticks: readonly number[]) => {
    const now = await lastTicks();
    return now.length === streams.length && now.every((tick, i) => tick > ticks[i]!);
  };
  const began = await lastTicks();
  await eventually(() => haveTickedSince(began));
  await cluster.moveSlot(streams[0]!);
  const moved = await lastTicks();
  await eventually(() => haveTickedSince(moved), 20_000);
});
