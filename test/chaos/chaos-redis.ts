import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from '../../scripts/redis/start-redis.mjs';

type RunningRedis = Awaited<ReturnType<typeof startRedis>>;

const SETTINGS = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

/** The Redis of a run. What it accepted it keeps, also through kill -9: its append-only file is synced before each reply. */
export class ChaosRedis {
  /** The tool's own connection. */
  readonly client: Redis;

  private constructor(
    private running: RunningRedis,
    private readonly dir: string,
  ) {
    this.client = new Redis(running.url, {
      connectionName: 'chaos',
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
    });
    this.client.on('error', () => undefined);
  }

  static async start(): Promise<ChaosRedis> {
    const dir = await mkdtemp(join(tmpdir(), 'nrs-chaos-'));
    const redis = new ChaosRedis(await startRedis({ dir, args: SETTINGS, say: () => undefined }), dir);
    // Whatever ends this process ends its Redis.
    process.once('exit', () => redis.killNow());
    return redis;
  }

  get url(): string {
    return this.running.url;
  }

  get port(): number {
    return this.running.port;
  }

  freeze(): void {
    this.running.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.running.process.kill('SIGCONT');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const { process } = this.running;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGKILL');
    await ended;
  }

  /** Starts it again on the same port and data. */
  async restart(): Promise<void> {
    this.running = await startRedis({ dir: this.dir, port: this.port, args: SETTINGS, say: () => undefined });
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  private killNow(): void {
    this.running.process.kill('SIGKILL');
    rmSync(this.dir, { recursive: true, force: true });
  }
}
