import type { Redis } from 'ioredis';
import type { RawEntry } from '../../model/entry.js';
import type { Reader } from '../../model/ports/reader.js';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import { READ_ONLY_RECONNECT_MS } from '../connections/connection-options.js';
import type { Connections } from '../connections/connections.js';
import { type BufferReply, ReadReplies } from './read-reply.js';
import { asFailure } from '../connections/redis-failure.js';
import { isPermissionError, isReplyError } from '../connections/redis-errors.js';
import { Periodic } from '../../timing/periodic.js';
import type { StreamHost } from '../connections/stream-host.js';

/** How much longer than its BLOCK a read may take before the connection counts as dead. */
const OVERDUE_MS = 3_000;
const CONNECT_WITHIN_MS = 5_000;
const WATCH_INTERVAL_MS = 500;
/** Without CLIENT UNBLOCK (an ACL without it) nothing can end a read early, so that reads are short. */
const LONGEST_BLOCK_WITHOUT_WAKE_MS = 500;
/** A wake that finds no blocked read has overtaken it, on another connection: it knocks again. */
const WAKE_AGAIN_AFTER_MS = 20;

/** What is read, and as whom. */
export interface ReadTarget {
  readonly streamKey: string;
  readonly group: string;
  readonly consumer: string;
}

interface ConnectionIdentity {
  readonly clientId: number;
  /** The server process's run id; undefined where it may not be asked for. */
  readonly server: string | undefined;
}

/**
 * One connection that reads a group's new entries for one consumer. It does not heal by itself: a read on a broken
 * connection rejects, and the next `connect` opens another one, to where the stream is by then, and ends the old one on
 * the server, where it might go on taking entries for this consumer.
 *
 * Whatever the client does with its promises, `connect` and `read` settle: a watchdog of our own gives up what is overdue.
 */
export class BlockingReader implements Reader {
  private readonly host: StreamHost;
  private client: Redis | undefined;
  /** undefined where there is none to use: then reads are shorter, and nothing is wrong. */
  private identity: ConnectionIdentity | undefined;
  /** The last connection that was lost, to be ended on its server. */
  private stale: ConnectionIdentity | undefined;
  private unblockIsForbidden = false;
  private wasOverdue = false;
  private leftReplicaAt = -Infinity;
  /** When the read or connect that is under way counts as dead, on performance.now's clock. */
  private overdueAt = Infinity;
  /** Rejects the read or connect that is under way. */
  private giveUp: (error: Error) => void = () => undefined;
  /** Counts reads and connects, so that what comes late for one does not meddle with the next. */
  private operation = 0;
  private readonly watchdog = new Periodic(
    () => WATCH_INTERVAL_MS,
    () => this.watch(),
  );
  private readonly replies = new ReadReplies();

  constructor(
    private readonly connections: Connections,
    private readonly target: ReadTarget,
  ) {
    this.host = connections.hostOf(target.streamKey);
    this.watchdog.start();
  }

  get isConnected(): boolean {
    return this.client?.status === 'ready';
  }

  /** Opens a connection in place of the last one. */
  async connect(): Promise<void> {
    this.dropClient();
    const operation = this.begin(CONNECT_WITHIN_MS);
    try {
      await this.orGivenUp(this.open(operation));
    } finally {
      this.overdueAt = Infinity;
    }
  }

  /**
   * Reads up to `count` entries that no consumer of the group has got yet.
   * @param blockMs how long to wait for the first one; 0 does not wait
   */
  async read(count: number, blockMs: number): Promise<RawEntry[]> {
    const { client } = this;
    if (!client) throw asFailure(new RedisUnavailableError('The reader is not connected.'));
    const canWake = this.identity !== undefined && !this.unblockIsForbidden;
    const block = canWake ? blockMs : Math.min(blockMs, LONGEST_BLOCK_WITHOUT_WAKE_MS);
    const { group, consumer, streamKey } = this.target;
    const head = ['GROUP', group, consumer, 'COUNT', count] as const;
    this.begin(block + OVERDUE_MS);
    try {
      // Awaited here: each promise more on the way of a reply costs the tasks in it some microseconds.
      const reply = await this.orGivenUp(
        block > 0
          ? client.xreadgroupBuffer(...head, 'BLOCK', Math.ceil(block), 'STREAMS', streamKey, '>')
          : client.xreadgroupBuffer(...head, 'STREAMS', streamKey, '>'),
      );
      return this.replies.entriesOf(reply as BufferReply);
    } finally {
      this.overdueAt = Infinity;
    }
  }

  /** Ends a blocked read at once; it returns nothing, and nothing is lost. Without effect while none is under way. */
  wake(): void {
    void this.unblock(this.operation, WAKE_AGAIN_AFTER_MS);
  }

  /** Breaks the connection off; what is under way rejects. */
  disconnect(): void {
    this.abandon('The reader was disconnected.');
  }

  /**
   * The server refused to read. Where another one may have the stream by now, the next connection looks for it. On a single
   * server only a replica is left, for the new primary, and not at every error, so that nothing spins.
   */
  leave(because: 'read-only' | 'elsewhere'): void {
    if (!this.host.mayMove) {
      if (because !== 'read-only' || performance.now() - this.leftReplicaAt < READ_ONLY_RECONNECT_MS) return;
      this.leftReplicaAt = performance.now();
    }
    this.dropClient();
  }

  /** Ends the reader for good. */
  close(): void {
    this.watchdog.stop();
    this.disconnect();
  }

  private begin(withinMs: number): number {
    this.overdueAt = performance.now() + withinMs;
    return ++this.operation;
  }

  private orGivenUp<T>(result: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.giveUp = (error) => reject(asFailure(error));
      result.then(resolve, this.giveUp);
    });
  }

  private async open(operation: number): Promise<void> {
    const client = await this.host.open();
    // Given up meanwhile: this connection is nobody's.
    if (operation !== this.operation) return this.connections.drop(client);
    this.client = client;
    try {
      await becomeReady(client);
      const identity = await identityOf(client);
      await this.endStale(client, identity?.server);
      if (client === this.client) this.identity = identity;
    } catch (error) {
      // ioredis says only that the connection is closed; the reason came as an event.
      throw this.connections.lastError(client) ?? error;
    }
  }

  /** Overdue is what is so at the second look: after a blocked event loop the answer may lie there already, not read yet. */
  private watch(): void {
    const isOverdue = performance.now() > this.overdueAt;
    if (isOverdue && this.wasOverdue) {
      this.abandon('Redis did not answer in time.');
    } else if (this.overdueAt !== Infinity && this.client && this.host.hasLeft(this.client)) {
      this.abandon('The stream is served by another node now.');
    }
    this.wasOverdue = isOverdue;
  }

  private abandon(reason: string): void {
    this.operation++;
    this.dropClient();
    this.giveUp(new RedisUnavailableError(reason));
  }

  private async unblock(operation: number, againAfterMs: number): Promise<void> {
    const { client, identity } = this;
    if (!client || !identity) return;
    try {
      const isUnblocked = await this.host.controlOf(client)?.client('UNBLOCK', identity.clientId);
      const isUnderWay = operation === this.operation && this.overdueAt !== Infinity;
      if (isUnblocked !== 0 || !isUnderWay) return;
      setTimeout(() => void this.unblock(operation, 2 * againAfterMs), againAfterMs).unref();
    } catch (error) {
      // Anything else is a passing state of the server: the read ends by itself.
      if (isPermissionError(error as Error)) this.unblockIsForbidden = true;
    }
  }

  private dropClient(): void {
    if (!this.client) return;
    this.stale = this.identity ?? this.stale;
    this.connections.drop(this.client);
    this.client = undefined;
    this.identity = undefined;
  }

  /**
   * A load balancer may have closed our side only: the server's side would take the next entry and lose it. Ids are the
   * server process's own, so that elsewhere the same id is somebody else's.
   */
  private async endStale(client: Redis, server: string | undefined): Promise<void> {
    const { stale } = this;
    if (stale?.server !== undefined && stale.server === server) {
      await client.client('KILL', 'ID', String(stale.clientId)).catch(ignoreReplyError);
    }
    this.stale = undefined;
  }
}

/** A factory's client may connect by itself. */
async function becomeReady(client: Redis): Promise<void> {
  if (client.status === 'wait') return client.connect();
  if (client.status === 'ready') return;
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.once('end', () => reject(new RedisUnavailableError('The connection ended before it was ready.')));
  });
}

/** Which connection it is, for the server; undefined where an ACL forbids to ask. */
async function identityOf(client: Redis): Promise<ConnectionIdentity | undefined> {
  const clientId = await client.client('ID').catch(ignoreReplyError);
  if (clientId === undefined) return undefined;
  const info = await client.info('server').catch(ignoreReplyError);
  return { clientId, server: /run_id:(\w+)/.exec(info ?? '')?.[1] };
}

function ignoreReplyError(error: Error): undefined {
  if (!isReplyError(error)) throw error;
}
