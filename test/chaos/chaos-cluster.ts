import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { RedisCluster } from '../support/redis-cluster.js';
import { TOOL } from './connection-count.js';
import type { ClusterFault } from './fault-kinds.js';
import { HalfOpenLink } from './half-open-link.js';
import type { Address, ChaosTopology, Strike, TopologyConnection } from './topology.js';

/** Three masters with a replica each. What a replica has, too, no failover loses. */
export class ChaosCluster implements ChaosTopology {
  readonly minReplicas = 1;
  readonly faults: Readonly<Record<ClusterFault, Strike>> = {
    'node-kill': (durationMs) => this.killOwner(durationMs),
    'node-restart': (durationMs) => this.killOwner(durationMs),
    'all-nodes-restart': (durationMs) => this.killAll(durationMs),
    'node-freeze': (durationMs) => this.freezeOwner(durationMs),
    'slot-move': () => this.cluster.moveSlot(this.stream),
  };

  private constructor(
    private readonly cluster: RedisCluster,
    private readonly stream: string,
    readonly links: ChaosTopology['links'],
  ) {}

  static async start(stream: string): Promise<ChaosCluster> {
    const cluster = new RedisCluster(TOOL);
    // Whatever ends this process ends its nodes.
    process.once('exit', () => cluster.end());
    await cluster.start();
    const links = await HalfOpenLink.openBoth(cluster.nodes.map(({ port }) => port));
    return new ChaosCluster(cluster, stream, links);
  }

  get connection(): TopologyConnection {
    return { nodes: this.cluster.seeds };
  }

  through(link: HalfOpenLink): TopologyConnection {
    const { nodes } = this.cluster;
    const proxyOf = ({ port }: { port: number }): Address => ({ host: '127.0.0.1', port: link.portBefore(port) });
    const natMap = Object.fromEntries(nodes.map((node) => [`127.0.0.1:${node.port}`, proxyOf(node)]));
    return { nodes: nodes.map(proxyOf), options: { natMap } };
  }

  get servers(): readonly Redis[] {
    return this.cluster.nodes.map(({ cli }) => cli);
  }

  async client(stream = this.stream): Promise<Redis> {
    return (await this.cluster.masterOf(stream)).cli;
  }

  untilWhole(): Promise<void> {
    return this.cluster.untilWhole();
  }

  stop(): void {
    for (const link of Object.values(this.links)) link.close();
    this.cluster.end();
  }

  private async killOwner(durationMs: number): Promise<void> {
    const owner = await this.cluster.masterOf(this.stream);
    await owner.kill();
    await wait(durationMs);
    await owner.restart();
  }

  private async killAll(durationMs: number): Promise<void> {
    const { nodes } = this.cluster;
    await Promise.all(nodes.map((node) => node.kill()));
    await wait(durationMs);
    await Promise.all(nodes.map((node) => node.restart()));
  }

  private async freezeOwner(durationMs: number): Promise<void> {
    const owner = await this.cluster.masterOf(this.stream);
    owner.freeze();
    await wait(durationMs);
    owner.thaw();
  }
}
