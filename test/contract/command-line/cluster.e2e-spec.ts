import { createStreamsClient } from 'nestjs-redis-streams/client';
import { expect, it, onTestFinished } from 'vitest';
import { commandLine } from '../../support/command-line.js';
import { installWithoutNest } from '../../support/installed-library.js';
import { ownCluster } from '../../support/own-cluster.js';

it('in a cluster, by any of its nodes, stats finds the streams of all masters', async () => {
  const [cluster, folder] = await Promise.all([ownCluster(), installWithoutNest()]);
  const client = createStreamsClient({ connection: { nodes: cluster.seeds } });
  onTestFinished(() => client.close());
  const streams = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  for (const stream of streams) await client.producer.add(stream, {});

  const [node] = cluster.seeds;
  const args = ['--url', `redis://127.0.0.1:${node!.port}`, '--json'];
  const ran = await commandLine(folder).run(['stats', '--cluster', ...args]);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect((ran.lines[0]!.streams as { stream: string }[]).map(({ stream }) => stream)).toEqual(streams);
});
