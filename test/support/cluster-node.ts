import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RunningRedis, startRedis } from '../../scripts/redis/start-redis.mjs';

/** Shorter than a failover of the tests may take, longer than a node takes to start again. */
const NODE_TIMEOUT_MS = 1_500;
/** A node's bus has its port plus this; both are below what the system hands out to others, and in no other's range. */
const BUS_OFFSET = 10_000;
const LOWEST_PORT = 10_000;
const MOST_ATTEMPTS = 5;
const SETTINGS = [
  ...['--cluster-enabled', 'yes', '--cluster-node-timeout', String(NODE_TIMEOUT_MS)],
  ...['--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--repl-diskless-sync-delay', '0'],
];

/** One node of a cluster, which may be killed and started again as the same node: it keeps its port, data and id. */
export class ClusterNode {
  readonly cli: Redis;
  /** Its id in the cluster. */
  id = '';
  private isRunning = true;
  private isFrozen = false;

  private constructor(
    private running: RunningRedis,
    private readonly dir: string,
    connectionName: string,
  ) {
    this.cli = new Redis(running.url, { connectionName, maxRetriesPerRequest: null, retryStrategy: () => 50 });
    this.cli.on('error', () => undefined);
  }

  static async start(connectionName: string, attempt = 1): Promise<ClusterNode> {
    const dir = await mkdtemp(join(tmpdir(), 'nrs-cluster-'));
    const port = LOWEST_PORT + Math.floor(Math.random() * BUS_OFFSET);
    try {
      const node = new ClusterNode(await startRedis({ dir, port, args: SETTINGS }), dir, connectionName);
      if (await node.isOurs()) {
        node.id = (await node.cli.call('CLUSTER', 'MYID')) as string;
        return node;
      }
      node.end();
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      if (attempt === MOST_ATTEMPTS) throw error;
    }
    return ClusterNode.start(connectionName, attempt + 1);
  }

  get port(): number {
    return this.running.port;
  }

  /** Whether it runs and is not frozen. */
  get isUp(): boolean {
    return this.isRunning && !this.isFrozen;
  }

  /** Stops it in its tracks, as a frozen machine would. */
  freeze(): void {
    this.isFrozen = true;
    this.running.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.isFrozen = false;
    this.running.process.kill('SIGCONT');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const { process } = this.running;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    this.isRunning = false;
    this.isFrozen = false;
    process.kill('SIGKILL');
    await ended;
  }

  /** Starts it again after `kill`. */
  async restart(): Promise<void> {
    this.running = await startRedis({ dir: this.dir, port: this.port, args: SETTINGS });
    this.isRunning = true;
  }

  /** Ends it and removes its data. */
  end(): void {
    this.cli.disconnect();
    this.running.process.kill('SIGKILL');
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Whether it is our process that answers on its port: the port may have been taken. */
  private async isOurs(): Promise<boolean> {
    return valueIn(await this.cli.info('server'), 'process_id') === String(this.running.process.pid);
  }

  async clusterInfo(name: string): Promise<string | undefined> {
    return valueIn((await this.cli.call('CLUSTER', 'INFO')) as string, name);
  }

  async replicationInfo(name: string): Promise<string | undefined> {
    return valueIn(await this.cli.info('replication'), name);
  }

  /** The id of the master that serves a slot, as far as this node knows. */
  async ownerOf(slot: number): Promise<string | undefined> {
    const ranges = (await this.cli.call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][];
    return ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][2];
  }
}

function valueIn(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1];
}
