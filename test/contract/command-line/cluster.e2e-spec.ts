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

it('doctor examines each master of a cluster, and tells which one it is about', async () => {
  const [cluster, folder] = await Promise.all([ownCluster(), installWithoutNest()]);
  const cli = commandLine(folder);
  const [first, ...others] = cluster.masters.map(({ port }) => `127.0.0.1:${port}`);
  await cluster.masters[0]!.cli.config('SET', 'maxmemory-policy', 'allkeys-lru');
  const doctor = ['doctor', '--server-only', '--cluster', '--url', `redis://${others[0]}`];
  const { code, lines } = await cli.run([...doctor, '--json']);
  expect(code).toBe(4);
  const found = lines[0]!.findings as { code: string; server: string; status: string }[];
  const of = (check: string, status: string) =>
    found.filter((one) => one.code === check && one.status === status).map(({ server }) => server);
  expect(of('R03', 'fail')).toEqual([first]);
  expect(new Set(of('R03', 'pass'))).toEqual(new Set(others));
  expect(new Set(of('R02', 'pass'))).toEqual(new Set([first, ...others]));
  expect(of('R12', 'pass')).toHaveLength(3);
});
