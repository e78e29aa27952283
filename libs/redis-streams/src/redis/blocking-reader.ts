import type { Redis } from 'ioredis';
import type { RawEntry } from '../model/entry.js';
import { RedisUnavailableError } from '../model/errors.js';
import { READ_ONLY_RECONNECT_MS } from './connection-options.js';
import type { Connections } from './connections.js';
import { type BufferReply, ReadReplies } from './read-reply.js';
import type { RedisClient } from './redis-client.js';
import { isReplyError } from './redis-errors.js';

/** How much longer than its BLOCK a read may take before the connection counts as dead. */
const OVERDUE_MS = 3_000;
const CONNECT_WITHIN_MS = 5_000;
/** Without CLIENT UNBLOCK (a cluster, or an ACL without it) nothing can end a read early, so that reads are short. */
const LONGEST_BLOCK_WITHOUT_WAKE_MS = 500;

interface ConnectionIdentity {
  readonly clientId: number;
  /** The server process's run id; undefined where it may not be asked for. */
  readonly server: string | undefined;
}

/**
 * One connection that reads a group's new entries for one consumer. It does not heal by itself: a read on a broken
 * connection rejects, and the next `connect` opens another one and ends the old one on the server, where it might go on
 * taking entries for this consumer.
 */
export class BlockingReader {
  private client: RedisClient | undefined;
  /** undefined where there is none to use: then reads are shorter, and nothing is wrong. */
  private identity: ConnectionIdentity | undefined;
  /** The last connection that was lost, to be ended on its server. */
  private ghost: ConnectionIdentity | undefined;
  private unblockIsRefused = false;
  private wasOverdue = false;
  private leftReplicaAt = -Infinity;
  /** When the read or connect that is under way counts as dead, on performance.now's clock. */
  private overdueAt = Infinity;
  private readonly watchdog: NodeJS.Timeout;
  private readonly replies = new ReadReplies();

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
    const client = this.connections.reader();
    this.client = client;
    this.overdueAt = performance.now() + CONNECT_WITHIN_MS;
    try {
      await becomeReady(client);
      const identity = await identityOf(client);
      await this.endGhost(client, identity?.server);
      this.identity = identity;
    } catch (error) {
      // ioredis says only that the connection is closed; the reason came as an event.
      throw this.connections.lastError(client) ?? error;
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
    if (!client) throw new RedisUnavailableError('The reader is not connected.');
    const canWake = this.identity !== undefined && !this.unblockIsRefused;
    const block = canWake ? blockMs : Math.min(blockMs, LONGEST_BLOCK_WITHOUT_WAKE_MS);
    const { group, consumer, streamKey } = this;
    const head = ['GROUP', group, consumer, 'COUNT', count] as const;
    this.overdueAt = performance.now() + block + OVERDUE_MS;
    try {
      // Awaited here: each promise more on the way of a reply costs the tasks in it some microseconds.
      const reply = await (block > 0
        ? client.xreadgroupBuffer(...head, 'BLOCK', Math.ceil(block), 'STREAMS', streamKey, '>')
        : client.xreadgroupBuffer(...head, 'STREAMS', streamKey, '>'));
      return this.replies.entriesOf(reply as BufferReply);
    } finally {
      this.overdueAt = Infinity;
    }
  }

  /** Ends a blocked read at once; it returns nothing, and nothing is lost. Without effect while none is blocked. */
  wake(): void {
    if (!this.identity) return;
    const control = this.connections.control() as Redis;
    control.client('UNBLOCK', this.identity.clientId).catch((error: Error) => {
      if (isReplyError(error)) this.unblockIsRefused = true;
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

  /** At the second look: after a blocked event loop the answer may lie there already, not read yet. */
  private endWhenOverdue(): void {
    const isOverdue = performance.now() > this.overdueAt;
    if (isOverdue && this.wasOverdue) this.dropClient();
    this.wasOverdue = isOverdue;
  }

  private dropClient(): void {
    if (!this.client) return;
    this.ghost = this.identity ?? this.ghost;
    this.connections.drop(this.client);
    this.client = undefined;
    this.identity = undefined;
  }

  /**
   * A load balancer may have closed our side only: the server's side would take the next entry and lose it. Ids are the
   * server process's own, so that elsewhere the same id is somebody else's.
   */
  private async endGhost(client: RedisClient, server: string | undefined): Promise<void> {
    const { ghost } = this;
    if (ghost?.server !== undefined && ghost.server === server) {
      await (client as Redis).client('KILL', 'ID', String(ghost.clientId)).catch(ignoreReplyError);
    }
    this.ghost = undefined;
  }
}

/** A factory's client may connect by itself. */
async function becomeReady(client: RedisClient): Promise<void> {
  if (client.status === 'wait') return client.connect();
  if (client.status === 'ready') return;
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.once('end', () => reject(new RedisUnavailableError('The connection ended before it was ready.')));
  });
}

/** Which connection it is, for the server; undefined in a cluster, and where an ACL forbids to ask. */
async function identityOf(client: RedisClient): Promise<ConnectionIdentity | undefined> {
  if ('nodes' in client) return undefined;
  const clientId = await client.client('ID').catch(ignoreReplyError);
  if (clientId === undefined) return undefined;
  const info = await client.info('server').catch(ignoreReplyError);
  return { clientId, server: /run_id:(\w+)/.exec(info ?? '')?.[1] };
}

function ignoreReplyError(error: Error): undefined {
  if (!isReplyError(error)) throw error;
}
