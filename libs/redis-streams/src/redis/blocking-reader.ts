import type { RawEntry } from '../model/entry.js';
import { RedisUnavailableError } from '../model/errors.js';
import { READ_ONLY_RECONNECT_MS } from './connection-options.js';
import type { Connections } from './connections.js';
import type { RedisClient } from './redis-client.js';

/** How much longer than its BLOCK a read may take before the connection counts as dead. */
const OVERDUE_MS = 3_000;
const CONNECT_WITHIN_MS = 5_000;
/** Without CLIENT UNBLOCK (a cluster, or an ACL without it) nothing can end a read early, so that reads are short. */
const LONGEST_BLOCK_WITHOUT_WAKE_MS = 500;

type ReadReply = [stream: string, entries: [id: string, fields: string[]][]][] | null;

/**
 * One connection that reads a group's new entries for one consumer. It does not heal by itself: a read on a broken
 * connection rejects, and the next `connect` opens another one and ends the old one on the server, where it might go on
 * taking entries for this consumer.
 */
export class BlockingReader {
  private client: RedisClient | undefined;
  private clientId: number | undefined;
  private unblockIsRefused = false;
  private leftReplicaAt = -Infinity;
  /** When the read or connect that is under way counts as dead, on performance.now's clock. */
  private overdueAt = Infinity;
  private readonly watchdog: NodeJS.Timeout;

  constructor(
    private readonly connections: Connections,
    private readonly streamKey: string,
    private readonly group: string,
    private readonly consumer: string,
  ) {
    this.watchdog = setInterval(() => this.endWhenOverdue(), 500).unref();
  }

  get isConnected(): boolean {
    return this.client?.status === 'ready';
  }

  /** Opens a connection in place of the last one. */
  async connect(): Promise<void> {
    this.dropClient();
    const ghostId = this.clientId;
    this.clientId = undefined;
    const client = this.connections.reader();
    this.client = client;
    try {
      this.clientId = await this.watched(CONNECT_WITHIN_MS, async () => {
        await client.connect();
        return idOf(client);
      });
    } catch (error) {
      // ioredis says only that the connection is closed; the reason came as an event.
      throw this.connections.lastError(client) ?? error;
    }
    // A load balancer may have closed our side only: the server's side would take the next entry and lose it.
    if (ghostId !== undefined) this.control('KILL', 'ID', String(ghostId)).catch(() => undefined);
  }

  /**
   * Reads up to `count` entries that no consumer of the group has got yet.
   * @param blockMs how long to wait for the first one; 0 does not wait
   */
  async read(count: number, blockMs: number): Promise<RawEntry[]> {
    const { client } = this;
    if (!client) throw new RedisUnavailableError('The reader is not connected.');
    const canWake = this.clientId !== undefined && !this.unblockIsRefused;
    const block = canWake ? blockMs : Math.min(blockMs, LONGEST_BLOCK_WITHOUT_WAKE_MS);
    const reply = await this.watched(block + OVERDUE_MS, () =>
      block > 0
        ? client.xreadgroup(
            'GROUP',
            this.group,
            this.consumer,
            'COUNT',
            count,
            'BLOCK',
            Math.ceil(block),
            'STREAMS',
            this.streamKey,
            '>',
          )
        : client.xreadgroup('GROUP', this.group, this.consumer, 'COUNT', count, 'STREAMS', this.streamKey, '>'),
    );
    const entries = (reply as ReadReply)?.[0]?.[1] ?? [];
    return entries.map(([id, fields]) => ({ id, fields }));
  }

  /** Ends a blocked read at once; it returns nothing, and nothing is lost. Without effect while none is blocked. */
  wake(): void {
    if (this.clientId === undefined) return;
    this.control('UNBLOCK', String(this.clientId)).catch((error: Error) => {
      if (error.name === 'ReplyError') this.unblockIsRefused = true;
    });
  }

  /** Breaks the connection off; a read under way rejects. */
  disconnect(): void {
    this.dropClient();
  }

  /** The server has become a replica: a new connection may lead to the primary. Not at every error, so that nothing spins. */
  leaveReplica(): void {
    if (performance.now() - this.leftReplicaAt < READ_ONLY_RECONNECT_MS) return;
    this.leftReplicaAt = performance.now();
    this.dropClient();
  }

  /** Ends the reader for good. */
  close(): void {
    clearInterval(this.watchdog);
    this.dropClient();
  }

  private async watched<T>(withinMs: number, action: () => Promise<T>): Promise<T> {
    this.overdueAt = performance.now() + withinMs;
    try {
      return await action();
    } finally {
      this.overdueAt = Infinity;
    }
  }

  private endWhenOverdue(): void {
    if (performance.now() > this.overdueAt) this.dropClient();
  }

  private dropClient(): void {
    if (this.client) this.connections.drop(this.client);
    this.client = undefined;
  }

  private control(...args: ['KILL', 'ID', string] | ['UNBLOCK', string]): Promise<unknown> {
    const control = this.connections.control() as unknown as { client(...args: string[]): Promise<unknown> };
    return control.client(...args);
  }
}

/** undefined where there is none to use: in a cluster, or where an ACL forbids to ask. That makes reads shorter, never wrong. */
async function idOf(client: RedisClient): Promise<number | undefined> {
  if ('nodes' in client) return undefined;
  return client.client('ID').catch((error: Error) => {
    if (error.name === 'ReplyError') return undefined;
    throw error;
  });
}
