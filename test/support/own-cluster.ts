import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { type RunningRedis, startRedis } from '../../scripts/redis/start-redis.mjs';
import { eventually } from './eventually.js';

const SLOTS = 16_384;

export interface ClusterNode {
  readonly server: RunningRedis;
  readonly cli: Redis;
  readonly id: string;
}

export interface OwnCluster {
  readonly masters: readonly ClusterNode[];
  readonly replicas: readonly ClusterNode[];
  readonly seeds: readonly { host: string; port: number }[];
  /** The master that serves a key's slot. */
  masterOf(key: string): Promise<ClusterNode>;
  /** Moves the slot of a key with all its keys to another master, as resharding does. */
  moveSlot(key: string): Promise<void>;
}

/** A Redis Cluster of three masters with a replica each, for one test. */
export async function ownCluster(): Promise<OwnCluster> {
  const nodes = await Promise.all(Array.from({ length: 6 }, () => startNode()));
  const masters = nodes.slice(0, 3);
  const replicas = nodes.slice(3);
  await Promise.all(
    masters.map(({ cli }, n) => {
      const [from, to] = [Math.ceil((n * SLOTS) / 3), Math.ceil(((n + 1) * SLOTS) / 3)];
      return cli.call('CLUSTER', 'ADDSLOTS', ...Array.from({ length: to - from }, (_, slot) => from + slot));
    }),
  );
  for (const { server } of nodes.slice(1)) await nodes[0]!.cli.call('CLUSTER', 'MEET', '127.0.0.1', server.port);
  await eventually(
    async () => (await Promise.all(nodes.map(({ cli }) => knownNodes(cli)))).every((known) => known === 6),
    20_000,
  );
  for (const [n, { cli }] of replicas.entries()) await cli.call('CLUSTER', 'REPLICATE', masters[n]!.id);
  await eventually(async () => (await Promise.all(nodes.map(isOk))).every(Boolean), 20_000);
  await eventually(
    async () =>
      (await Promise.all(replicas.map(({ cli }) => cli.info('replication')))).every((info) =>
        info.includes('master_link_status:up'),
      ),
    20_000,
  );

  const masterOf = async (key: string) => {
    const slot = (await masters[0]!.cli.call('CLUSTER', 'KEYSLOT', key)) as number;
    const owner = (await ownerOf(masters[0]!.cli, slot))!;
    return nodes.find(({ id }) => id === owner)!;
  };
  return {
    masters,
    replicas,
    seeds: nodes.map(({ server }) => ({ host: '127.0.0.1', port: server.port })),
    masterOf,
    moveSlot: async (key) => {
      const slot = (await masters[0]!.cli.call('CLUSTER', 'KEYSLOT', key)) as number;
      const source = await masterOf(key);
      const target = masters.find(({ id }) => id !== source.id)!;
      await target.cli.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source.id);
      await source.cli.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id);
      for (;;) {
        const keys = (await source.cli.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
        if (keys.length === 0) break;
        await source.cli.call('MIGRATE', '127.0.0.1', target.server.port, '', 0, 5_000, 'KEYS', ...keys);
      }
      for (const { cli } of [target, source, ...masters]) await cli.call('CLUSTER', 'SETSLOT', slot, 'NODE', target.id);
    },
  };
}

/** A node's bus has its port plus 10,000: both below what the system hands out to others. */
async function startNode(attempt = 1): Promise<ClusterNode> {
  const dir = await mkdtemp(join(tmpdir(), 'nrs-cluster-'));
  const port = 10_000 + Math.floor(Math.random() * 12_000);
  const server = await startRedis({
    dir,
    port,
    args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--save', '', '--appendonly', 'no'],
  }).catch((error: unknown) => {
    if (attempt === 5) throw error;
  });
  if (!server) return startNode(attempt + 1);
  const cli = new Redis(server.url, { maxRetriesPerRequest: null });
  cli.on('error', () => undefined);
  onTestFinished(async () => {
    cli.disconnect();
    server.process.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  });
  return { server, cli, id: (await cli.call('CLUSTER', 'MYID')) as string };
}

async function knownNodes(cli: Redis): Promise<number> {
  return Number(/cluster_known_nodes:(\d+)/.exec((await cli.call('CLUSTER', 'INFO')) as string)![1]);
}

async function isOk({ cli }: ClusterNode): Promise<boolean> {
  return ((await cli.call('CLUSTER', 'INFO')) as string).includes('cluster_state:ok');
}

async function ownerOf(cli: Redis, slot: number): Promise<string | undefined> {
  const ranges = (await cli.call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][];
  return ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][2];
}
