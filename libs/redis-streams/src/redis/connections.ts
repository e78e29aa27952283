import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { RedisStreamsConfigError } from '../model/errors.js';
import type { ConnectionOptions, ConnectionRole } from '../model/options.js';
import { assertNoKeyPrefix } from '../model/resolve-connection.js';
import type { ResolvedRedisStreamsOptions } from '../model/resolve-options.js';
import { optionsForRole } from './connection-options.js';
import { ControlConnection } from './control-connection.js';
import type { RedisClient } from './redis-client.js';
import { ClusterHost, SingleHost, type StreamHost } from './stream-host.js';

const SLOTS_REFRESH_MS = 5_000;

/**
 * Opens the app's connections, each when it is first needed, and closes every one of them: one for adds and queries,
 * one for settlement and control, one blocking reader per subscription.
 */
export class Connections {
  private readonly open = new Set<RedisClient>();
  private readonly lastErrors = new WeakMap<RedisClient, Error>();
  private appendClient: RedisClient | undefined;
  private controlConnection: ControlConnection | undefined;

  constructor(
    private readonly options: Pick<ResolvedRedisStreamsOptions, 'connection'>,
    private readonly processName: string,
  ) {}

  get connection(): ConnectionOptions {
    return this.options.connection;
  }

  append(): RedisClient {
    return (this.appendClient ??= this.create('append', `nrs:${this.processName}:append`));
  }

  /** For adds that wait for replicas, which would hold up the others. */
  replicatedAppend(): RedisClient {
    const client = this.create('append', `nrs:${this.processName}:replicated-append`);
    // A cluster would send a whole pipeline again, its XADD included, after a connection broke.
    if ('nodes' in client) client.options.retryDelayOnFailover = 0;
    return client;
  }

  control(): ControlConnection {
    return (this.controlConnection ??= new ControlConnection(
      () => this.create('control', `nrs:${this.processName}:control`),
      (client) => this.drop(client),
    ));
  }

  /** Where a stream is read. Each reader it opens is new; `drop` it when it is done for. */
  hostOf(streamKey: string): StreamHost {
    const name = `nrs:${this.processName}:reader`;
    const control = this.control();
    if ('nodes' in control.client) {
      const options = optionsForRole('reader', name);
      return new ClusterHost(control, streamKey, (node) => this.adopt(node.duplicate(options)));
    }
    return new SingleHost(control, () => this.create('reader', name) as Redis);
  }

  /** Why a client last failed: ioredis retries without a word to the caller. */
  lastError(client: RedisClient): Error | undefined {
    return this.lastErrors.get(client);
  }

  drop(client: RedisClient): void {
    this.open.delete(client);
    client.disconnect();
  }

  /** Closes all connections at once; commands still in flight are rejected. */
  close(): void {
    for (const client of this.open) this.drop(client);
  }

  /** Where the connection leads, without its password. */
  describe(): string {
    const { connection } = this.options;
    if (typeof connection === 'function') return 'the connection factory';
    if (typeof connection === 'string') return new URL(connection).host;
    if ('nodes' in connection) return `the cluster of ${connection.nodes.length} configured nodes`;
    const { sentinels, name, path, host = 'localhost', port = 6379 } = connection;
    return sentinels ? `the Sentinel group '${name}'` : (path ?? `${host}:${port}`);
  }

  private create(role: ConnectionRole, name: string): RedisClient {
    const client = this.connectAs(role, name);
    assertNoKeyPrefix(client.options);
    return this.adopt(client);
  }

  /** Makes a client one of ours: its errors are kept, and it is closed with the others. */
  private adopt<Client extends RedisClient>(client: Client): Client {
    // Without a listener ioredis prints every failed attempt; the loops and health tell it once, and better.
    client.on('error', (error: Error) => this.lastErrors.set(client, error));
    // One listener per subscription on the control connection is no leak.
    client.setMaxListeners(0);
    this.open.add(client);
    return client;
  }

  private connectAs(role: ConnectionRole, name: string): RedisClient {
    const { connection } = this.options;
    const roleOptions = optionsForRole(role, name);
    if (typeof connection === 'string') return redisOfUrl(connection, roleOptions);
    if (typeof connection === 'function') {
      const client = connection(role, roleOptions);
      if (!(client instanceof Redis || client instanceof Cluster) && typeof (client as Redis)?.xadd !== 'function') {
        throw new RedisStreamsConfigError(
          'The connection factory must return an ioredis Redis or Cluster, not a promise.',
        );
      }
      return client;
    }
    if ('nodes' in connection) {
      const { redisOptions, ...options } = connection.options ?? {};
      const { enableAutoPipelining, enableOfflineQueue, lazyConnect, ...nodeOptions } = roleOptions;
      return new Cluster(connection.nodes, {
        // How soon a reader learns that its silent node has been replaced.
        slotsRefreshInterval: SLOTS_REFRESH_MS,
        ...options,
        lazyConnect,
        enableAutoPipelining,
        enableOfflineQueue,
        redisOptions: { ...redisOptions, ...nodeOptions },
      });
    }
    return new Redis({ ...connection, ...roleOptions });
  }
}

/** ioredis takes its first argument's word over the second's: the URL's query must not undo what the role needs. */
function redisOfUrl(url: string, options: RedisOptions): Redis {
  return new (Redis as unknown as new (options: RedisOptions, url: string) => Redis)(options, url);
}
