import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RunningRedis, startRedis } from '../../scripts/redis/start-redis.mjs';
import { TOOL } from './connection-count.js';
import type { SingleServerFault } from './fault-kinds.js';
import { HalfOpenLink } from './half-open-link.js';
import type { ChaosTopology, Strike } from './topology.js';

const SETTINGS = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

/** One Redis. What it accepted it keeps, also through kill -9: its append-only file is synced before each reply. */
export class SingleServer implements ChaosTopology {
  readonly minReplicas = 0;
  readonly faults: Readonly<Record<SingleServerFault, Strike>> = {
    'redis-kill': (durationMs) => this.killFor(durationMs),
    'redis-freeze': (durationMs) => this.freezeFor(durationMs),
  };
  private readonly cli: Redis;

  private constructor(
    private running: RunningRedis,
    private readonly dir: string,
    readonly links: ChaosTopology['links'],
  ) {
    this.cli = new Redis(running.url, {
      connectionName: TOOL,
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
    });
    this.cli.on('error', () => undefined);
  }

  static async start(): Promise<SingleServer> {
    const dir = await mkdtemp(join(tmpdir(), 'nrs-chaos-'));
    const running = await startRedis({ dir, args: SETTINGS, say: () => undefined });
    const server = new SingleServer(running, dir, await HalfOpenLink.openBoth([running.port]));
    // Whatever ends this process ends its Redis.
    process.once('exit', () => server.stop());
    return server;
  }

  get connection(): string {
    return this.running.url;
  }

  through(link: HalfOpenLink): string {
    return `redis://127.0.0.1:${link.portBefore(this.running.port)}`;
  }

  get servers(): readonly Redis[] {
    return [this.cli];
  }

  async client(): Promise<Redis> {
    return this.cli;
  }

  async untilWhole(): Promise<void> {
    await this.cli.ping();
  }

  stop(): void {
    for (const link of Object.values(this.links)) link.close();
    this.cli.disconnect();
    this.running.process.kill('SIGKILL');
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async killFor(durationMs: number): Promise<void> {
    const { process, port } = this.running;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGKILL');
    await ended;
    await wait(durationMs);
    this.running = await startRedis({ dir: this.dir, port, args: SETTINGS, say: () => undefined });
  }

  private async freezeFor(durationMs: number): Promise<void> {
    this.running.process.kill('SIGSTOP');
    await wait(durationMs);
    this.running.process.kill('SIGCONT');
  }
}
