import type { Redis } from 'ioredis';
import type { Log } from '../../model/log.js';
import type { Doorbell, DoorbellListener } from '../../model/ports/tasks/doorbell.js';
import type { Periodic } from '../../timing/periodic.js';
import { RetryDelay } from '../../timing/retry-delay.js';
import { withTimeout } from '../../timing/with-timeout.js';
import type { Connections } from '../connections/connections.js';
import { PAUSED_RING } from '../groups/ring-for-pause.js';
import { redisErrorClause } from '../connections/redis-errors.js';
import type { Keys } from '../keys.js';
import { obstacleToHearing } from './obstacle.js';
import { ringsOf } from './ring-message.js';
import { watchdogOf } from './watchdog.js';

export interface RedisDoorbellParts {
  readonly connections: Pick<Connections, 'doorbell' | 'drop' | 'isClosed'>;
  readonly keys: Keys;
  readonly log: Log;
}

/** How long who opens it waits at most: without it everything works, only later. */
const OPEN_WITHIN_MS = 2_000;
/** Where waiting does not help, as against an ACL, until somebody changes it. */
const TRY_AGAIN_IN_MS = 60_000;

/**
 * One connection that subscribes to the channel of this process, and to those of the streams that it follows. It does not heal by itself: whenever it is lost another one is
 * opened, in a cluster to another node, until the app's connections are closed. Everything that is lost meanwhile is found by
 * who listens, as all are told when it hears again.
 */
export class RedisDoorbell implements Doorbell {
  private readonly listeners = new Set<DoorbellListener>();
  private readonly delay = new RetryDelay();
  private readonly obstacleDelay = new RetryDelay(TRY_AGAIN_IN_MS);
  /** By their channels. */
  private readonly followed = new Map<string, string>();
  private client: Redis | undefined;
  private firstAttempt: Promise<void> | undefined;
  private isHearing = false;
  private lastObstacle: string | undefined;
  /** On performance.now's clock; undefined while it hears, and before the first attempt. */
  private deafSince: number | undefined;

  constructor(
    private readonly parts: RedisDoorbellParts,
    readonly address: string,
  ) {}

  get hears(): boolean {
    return this.isHearing;
  }

  async open(streams: readonly string[] = []): Promise<void> {
    for (const stream of streams) this.follow(stream);
    this.firstAttempt ??= new Promise((attempted) => void this.keepHearing(attempted));
    await withTimeout(OPEN_WITHIN_MS, this.firstAttempt);
  }

  listen(listener: DoorbellListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private follow(stream: string): void {
    const channel = this.parts.keys.delayedBell(stream);
    if (this.followed.has(channel)) return;
    this.followed.set(channel, stream);
    // Else it subscribes once it is connected.
    this.client?.subscribe(channel).catch(() => undefined);
  }

  private get channel(): string {
    return this.parts.keys.bells + this.address;
  }

  private async keepHearing(attempted: () => void): Promise<void> {
    const { connections, keys } = this.parts;
    while (!connections.isClosed) {
      const reason = await this.hearUntilLost(attempted);
      this.isHearing = false;
      attempted();
      if (connections.isClosed) break;
      const obstacle = obstacleToHearing(reason, keys.bells);
      if (obstacle === undefined) {
        this.noteDeaf(reason);
        await this.delay.wait();
      } else {
        this.warnOnce(obstacle);
        await this.obstacleDelay.waitLongest();
      }
    }
    attempted();
  }

  /** @returns why it hears no longer, or never did */
  private async hearUntilLost(heard: () => void): Promise<unknown> {
    const { connections } = this.parts;
    let client: Redis | undefined;
    let watchdog: Periodic | undefined;
    try {
      client = await connections.doorbell();
      const { reason, lose } = loss();
      client.once('end', () => lose(new Error('The connection has ended.')));
      client.on('message', (channel: string, message: string) => this.tell(channel, message));
      watchdog = watchdogOf(client, lose);
      this.subscribe(client).then(heard, lose);
      return await reason;
    } catch (error) {
      return error;
    } finally {
      watchdog?.stop();
      this.client = undefined;
      if (client) connections.drop(client);
    }
  }

  private async subscribe(client: Redis): Promise<void> {
    await client.connect();
    this.client = client;
    await client.subscribe(this.channel, ...this.followed.keys());
    this.isHearing = true;
    this.lastObstacle = undefined;
    this.delay.reset();
    this.noteHearing();
    this.each((listener) => listener.hears?.());
  }

  private tell(channel: string, message: string): void {
    const stream = this.followed.get(channel);
    if (stream !== undefined) return this.tellOfStream(stream, message);
    for (const ring of ringsOf(message, this.parts.keys)) this.each((listener) => listener.ring?.(ring));
  }

  private tellOfStream(stream: string, message: string): void {
    // Anybody may publish to a channel.
    if (/^\d{1,9}$/.test(message)) this.each((listener) => listener.delayed?.(stream, Number(message)));
    if (!message.startsWith(PAUSED_RING)) return;
    const group = message.slice(PAUSED_RING.length);
    this.each((listener) => listener.paused?.(stream, group));
  }

  private each(tell: (listener: DoorbellListener) => void): void {
    for (const listener of this.listeners) {
      try {
        tell(listener);
      } catch (error) {
        this.parts.log.error(`A listener of the doorbell failed: ${(error as Error).stack}`);
      }
    }
  }

  /** An outage is told once, however often it tries on. */
  private noteDeaf(reason: unknown): void {
    if (this.deafSince !== undefined) return;
    this.deafSince = performance.now();
    this.parts.log.debug(`The doorbell is not connected: ${redisErrorClause(reason)}. It tries on.`);
  }

  private noteHearing(): void {
    if (this.deafSince === undefined) return;
    this.parts.log.debug(`The doorbell hears again after ${Math.round(performance.now() - this.deafSince)} ms.`);
    this.deafSince = undefined;
  }

  private warnOnce(obstacle: string): void {
    if (obstacle !== this.lastObstacle) this.parts.log.warn(obstacle);
    this.lastObstacle = obstacle;
  }
}

/** Something that is lost at most once. */
function loss() {
  let lose!: (reason: unknown) => void;
  const reason = new Promise<unknown>((resolve) => (lose = resolve));
  return { reason, lose };
}
