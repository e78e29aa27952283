import { StreamMonitor } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { ownCluster } from '../../support/own-cluster.js';
import { uniqueStream } from '../../support/streams.js';

it(
  'on a cluster an overview looks at the stream’s node, and a scan finds the streams of all',
  { timeout: 60_000 },
  async () => {
    const cluster = await ownCluster();
    const prefix = `p[*]?${Date.now()}:`;
    const app = await startApp({ options: { connection: { nodes: [...cluster.seeds] }, prefix } });
    const monitor = app.get(StreamMonitor);
    const streams = Array.from({ length: 6 }, (_, n) => uniqueStream(String(n))).toSorted();
    const masters = new Set<unknown>();
    for (const stream of streams) {
      await app.producer.add(stream, {});
      const master = await cluster.masterOf(prefix + stream);
      masters.add(master);
      await master.cli.xgroup('CREATE', prefix + stream, 'a group', '0');
      const { groups } = await monitor.overview(stream, { memory: true });
      expect(groups).toMatchObject([
        { group: 'a group', state: 'no-live-worker', backlog: { count: 1, isExact: true } },
      ]);
    }
    expect(masters.size).toBeGreaterThan(1);
    const other = await startApp({ options: { connection: { nodes: [...cluster.seeds] }, prefix } });
    expect(await other.get(StreamMonitor).streams()).toEqual({ streams: [], scannedKeys: 0, isComplete: false });
    expect(await other.get(StreamMonitor).streams({ scan: true })).toMatchObject({ streams, isComplete: true });
  },
);
