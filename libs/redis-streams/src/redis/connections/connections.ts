import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type {
  ClusterConnectionOptions,
  ConnectionOptions,
  ConnectionRole,
  RoleOptions,
} from '../../options/options.js';
import { assertNoKeyPrefix } from '../../options/tables/connection.js';
import type { ResolvedRedisStreamsOptions } from '../../options/resolve-options.js';
import { describeConnection, optionsForRole } from './connection-options.js';
import { type ConnectionReport, ConnectionWatch } from './connection-watch.js';
import { ControlConnection } from './control-connection.js';
import { type AroundCommand, letAskingsFail, type RedisClient, surroundCommands } from './redis-client.js';
import { anyNode, ClusterHost, SingleHost, type StreamHost } from './stream-host.js';

const SLOTS_REFRESH_MS = 5_000;

/**
 * Opens the app's connections, each when it is first needed, and closes every one of them: one for adds, one for read-only
 * questions, one for settlement and control, one to be woken by, one blocking reader per subscription.
 */
export class Connections {
  /** How often a connection was there again after it was lost, by role. */
  readonly reconnects = new Map<ConnectionRole, number>();
  /** Clients that were ready once, each with its role. */
  private readonly known = new WeakMap<RedisClient, ConnectionRole>();
  /** Of each role, clients that were given up, and whose successors are not ready yet. */
  private readonly givenUp = new Map<ConnectionRole, number>();
  private readonly open = new Set<RedisClient>();
  private readonly watches = new WeakMap<RedisClient, ConnectionWatch>();
  private appendClient: RedisClient | undefined;
  private controlConnection: ControlConnection | undefined;
  private haveWorked = false;
  private hasClosed = false;
  private around: AroundCommand | undefined;

  constructor(
    private readonly options: Pick<ResolvedRedisStreamsOptions, 'connection'> & { readonly addTimeoutMs?: number },
    private readonly processName: string,
    /** Told of the connections for adds, which nothing else watches. */
    private readonly report?: ConnectionReport,
  ) {}

  get connection(): ConnectionOptions {
    return this.options.connection;
  }

  append(): RedisClient {
    return (this.appendClient ??= this.create('append', `nrs:${this.processName}:append`));
  }

  /** For adds that wait for replicas, which would hold up the others. */
  replicatedAppend(): RedisClient {
    return this.create('append', `nrs:${this.processName}:replicated-append`);
  }

  /** For adds that bear to be repeated. @param socketTimeout after so much silence it is left, in milliseconds: sooner than is good for others */
  admittedAppend(socketTimeout: number): RedisClient {
    return this.create('append', `nrs:${this.processName}:admitted-append`, { socketTimeout });
  }

  /** For read-only questions. Each is new; `drop` it when it is done for. */
  query(): RedisClient {
    return this.create('query', `nrs:${this.processName}:query`);
  }

  control(): ControlConnection {
    return (this.controlConnection ??= new ControlConnection(
      () => this.create('control', `nrs:${this.processName}:control`),
      (client) => this.drop(client),
    ));
  }

  /** Whether this process has opened its connection for control. */
  get hasControl(): boolean {
    return this.controlConnection !== undefined;
  }

  /** Where a stream is read. Each reader it opens is new; `drop` it when it is done for. */
  hostOf(streamKey: string): StreamHost {
    const name = `nrs:${this.processName}:reader`;
    const control = this.control();
    if ('nodes' in control.client) {
      const options = optionsForRole('reader', name);
      return new ClusterHost(control, streamKey, (node) => this.adopt(node.duplicate(options), 'reader'));
    }
    return new SingleHost(control, () => this.create('reader', name) as Redis);
  }

  /** Hears what is published. Each is new, and in a cluster to any of its nodes; `drop` it when it is done for. */
  async doorbell(): Promise<Redis> {
    const name = `nrs:${this.processName}:doorbell`;
    const { client } = this.control();
    if (!('nodes' in client)) return this.create('doorbell', name) as Redis;
    const node = await anyNode(client);
    return this.adopt(node.duplicate(optionsForRole('doorbell', name)), 'doorbell');
  }

  /** Why a client cannot be used now, as far as is known: ioredis retries without a word to the caller. */
  lastError(client: RedisClient): Error | undefined {
    return this.watches.get(client)?.trouble;
  }

  /** Ends a client, with all that waits in it. */
  drop(client: RedisClient): void {
    this.open.delete(client);
    const role = this.known.get(client);
    if (role) addOne(this.givenUp, role);
    this.known.delete(client);
    this.watches.get(client)?.close();
    client.disconnect();
  }

  /** Stands around all commands from now on: at most one does. */
  surround(around: AroundCommand): void {
    this.around = around;
    for (const client of this.open) surroundCommands(client, around);
  }

  /** Whether `close` was called. */
  get isClosed(): boolean {
    return this.hasClosed;
  }

  /** Closes all connections at once; commands still in flight are rejected. */
  close(): void {
    this.hasClosed = true;
    for (const client of this.open) this.drop(client);
  }

  /** Where the connection leads, without its password. */
  describe(): string {
    return describeConnection(this.connection);
  }

  private create(role: ConnectionRole, name: string, more?: Partial<RoleOptions>): RedisClient {
    const connect = () => this.connectAs(role, name, more);
    const client = this.around ? this.around(connect) : connect();
    assertNoKeyPrefix(client.options);
    return this.adopt(client, role, role === 'append' ? this.report : undefined);
  }

  /** Makes a client one of ours: its errors are kept, and it is closed with the others. */
  private adopt<Client extends RedisClient>(client: Client, role: ConnectionRole, report?: ConnectionReport): Client {
    this.watches.set(client, new ConnectionWatch(client, () => this.haveWorked, report));
    client.on('ready', () => this.becameReady(client, role));
    if ('nodes' in client) letAskingsFail(client);
    if (this.around) surroundCommands(client, this.around);
    // One listener per subscription on the control connection is no leak.
    client.setMaxListeners(0);
    this.open.add(client);
    return client;
  }

  private becameReady(client: RedisClient, role: ConnectionRole): void {
    this.haveWorked = true;
    const given = this.givenUp.get(role) ?? 0;
    if (this.known.has(client)) addOne(this.reconnects, role);
    else if (given > 0) {
      this.givenUp.set(role, given - 1);
      addOne(this.reconnects, role);
    }
    this.known.set(client, role);
  }

  private connectAs(role: ConnectionRole, name: string, more?: Partial<RoleOptions>): RedisClient {
    const { connection, addTimeoutMs } = this.options;
    const roleOptions = { ...optionsForRole(role, name, addTimeoutMs), ...more };
    if (typeof connection === 'string') return redisOfUrl(connection, roleOptions);
    if (typeof connection === 'function') return checkedClient(connection(role, roleOptions), role);
    if ('nodes' in connection) return clusterOf(connection, roleOptions);
    return new Redis({ ...connection, ...roleOptions });
  }
}

function addOne(counts: Map<ConnectionRole, number>, role: ConnectionRole): void {
  counts.set(role, (counts.get(role) ?? 0) + 1);
}

/** @throws RedisStreamsConfigError where a factory returned something else, or nothing, as for a role that it does not know */
function checkedClient(made: unknown, role: ConnectionRole): RedisClient {
  // An ioredis of another copy of the package is none by its class.
  if (made instanceof Redis || made instanceof Cluster || typeof (made as Partial<Redis>)?.xadd === 'function') {
    return made as RedisClient;
  }
  throw new RedisStreamsConfigError(
    `The connection factory must return an ioredis Redis or Cluster, not a promise, for every role, '${role}' too.`,
  );
}

function clusterOf({ nodes, options: given = {} }: ClusterConnectionOptions, roleOptions: RoleOptions): Cluster {
  const { redisOptions, ...options } = given;
  const { enableAutoPipelining, enableOfflineQueue, lazyConnect, ...nodeOptions } = roleOptions;
  return new Cluster(nodes, {
    // How soon a reader learns that its silent node has been replaced.
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    ...options,
    lazyConnect,
    enableAutoPipelining,
    enableOfflineQueue,
    redisOptions: { ...redisOptions, ...nodeOptions },
  });
}

/** ioredis takes its first argument's word over the second's: the URL's query must not undo what the role needs. */
function redisOfUrl(url: string, options: RedisOptions): Redis {
  return new (Redis as unknown as new (options: RedisOptions, url: string) => Redis)(options, url);
}
