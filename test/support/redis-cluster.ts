import { ClusterNode } from './cluster-node.js';
import { eventually } from './eventually.js';

const SLOTS = 16_384;
const MASTERS = 3;
const INTRODUCED_WITHIN_MS = 4_000;
const WHOLE_WITHIN_MS = 30_000;

/** A Redis Cluster of three masters with a replica each, whose nodes may break. */
export class RedisCluster {
  readonly nodes: ClusterNode[] = [];
  private hasEnded = false;

  /** @param connectionName how the connections of `cli` are called */
  constructor(private readonly connectionName = 'test') {}

  async start(): Promise<void> {
    await Promise.all(Array.from({ length: 2 * MASTERS }, () => this.startNode()));
    await this.form();
  }

  /** The masters as they were at the start. */
  get masters(): readonly ClusterNode[] {
    return this.nodes.slice(0, MASTERS);
  }

  /** Their replicas, in the same order. */
  get replicas(): readonly ClusterNode[] {
    return this.nodes.slice(MASTERS);
  }

  get seeds(): { host: string; port: number }[] {
    return this.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** The master that serves a key's slot in the eyes of most nodes; waits for one that is up. */
  async masterOf(key: string): Promise<ClusterNode> {
    return eventually(async () => {
      const slot = await this.slotOf(key);
      const votes = await Promise.all(this.up.map((node) => node.ownerOf(slot)));
      return this.up.find(({ id }) => votes.filter((vote) => vote === id).length > votes.length / 2);
    }, WHOLE_WITHIN_MS);
  }

  /**
   * Moves the slot of a key with all its keys to another master, as resharding does.
   * @param beforeEach is awaited before each key, once the slot is on its way; default: many keys are moved at a time
   */
  async moveSlot(key: string, beforeEach?: () => Promise<unknown>): Promise<void> {
    const slot = await this.slotOf(key);
    const source = await this.masterOf(key);
    const masters = await this.currentMasters();
    const target = masters.find(({ id }) => id !== source.id)!;
    await target.cli.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source.id);
    await source.cli.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id);
    for (;;) {
      const keys = (await source.cli.call('CLUSTER', 'GETKEYSINSLOT', slot, beforeEach ? 1 : 100)) as string[];
      if (keys.length === 0) break;
      await beforeEach?.();
      await source.cli.call('MIGRATE', '127.0.0.1', target.port, '', 0, 5_000, 'KEYS', ...keys);
    }
    for (const { cli } of [target, source, ...masters]) await cli.call('CLUSTER', 'SETSLOT', slot, 'NODE', target.id);
  }

  /** Resolves when all nodes are up and agree on who serves what, and every master has a replica that has caught up. */
  async untilWhole(): Promise<void> {
    await eventually(async () => (await Promise.all(this.nodes.map(isInPlace))).every(Boolean), WHOLE_WITHIN_MS);
    await eventually(async () => {
      const views = await Promise.all(this.nodes.map(mastersInTheEyesOf));
      return new Set(views).size === 1;
    }, WHOLE_WITHIN_MS);
  }

  /** Ends all nodes and removes their data, also while they start. */
  end(): void {
    this.hasEnded = true;
    for (const node of this.nodes) node.end();
  }

  private get up(): ClusterNode[] {
    return this.nodes.filter(({ isUp }) => isUp);
  }

  private async startNode(): Promise<void> {
    const node = await ClusterNode.start(this.connectionName);
    this.nodes.push(node);
    if (this.hasEnded) node.end();
  }

  private async form(): Promise<void> {
    const { masters, replicas } = this;
    await Promise.all(
      masters.map(({ cli }, n) => {
        const [from, to] = [Math.ceil((n * SLOTS) / MASTERS), Math.ceil(((n + 1) * SLOTS) / MASTERS)];
        return cli.call('CLUSTER', 'ADDSLOTS', ...Array.from({ length: to - from }, (_, slot) => from + slot));
      }),
    );
    // A handshake that takes too long, as on a busy machine, is forgotten.
    await eventually(() => this.introduceAll(), WHOLE_WITHIN_MS);
    for (const [n, { cli }] of replicas.entries()) await cli.call('CLUSTER', 'REPLICATE', masters[n]!.id);
    await this.untilWhole();
  }

  private async introduceAll(): Promise<true> {
    const [first, ...others] = this.nodes;
    for (const { port } of others) await first!.cli.call('CLUSTER', 'MEET', '127.0.0.1', port);
    return eventually(async () => {
      const known = await Promise.all(this.nodes.map((node) => node.clusterInfo('cluster_known_nodes')));
      return known.every((count) => Number(count) === this.nodes.length);
    }, INTRODUCED_WITHIN_MS);
  }

  private async slotOf(key: string): Promise<number> {
    return (await this.up[0]!.cli.call('CLUSTER', 'KEYSLOT', key)) as number;
  }

  private async currentMasters(): Promise<ClusterNode[]> {
    const roles = await Promise.all(this.up.map((node) => node.replicationInfo('role')));
    return this.up.filter((_, n) => roles[n] === 'master');
  }
}

async function isInPlace(node: ClusterNode): Promise<boolean> {
  if (!node.isUp || (await node.clusterInfo('cluster_state')) !== 'ok') return false;
  if ((await node.replicationInfo('role')) !== 'master') {
    return (await node.replicationInfo('master_link_status')) === 'up';
  }
  // How long ago it last confirmed what it has: one that rewrites its file after the first copy answers nobody.
  return /state=online,.*lag=[01]\b/.test((await node.replicationInfo('slave0')) ?? '');
}

/** Who serves what, and who are the replicas: the same text for the same view. */
async function mastersInTheEyesOf({ cli }: ClusterNode): Promise<string> {
  const ranges = (await cli.call('CLUSTER', 'SLOTS')) as [number, number, ...[string, number, string][]][];
  const lines = ranges.map(([from, to, ...nodes]) => `${from}-${to} ${nodes.map(([, port]) => port).join(' ')}`);
  return lines.toSorted().join('\n');
}
