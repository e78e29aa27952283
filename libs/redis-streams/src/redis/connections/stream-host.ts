import { type Cluster, Command, type Redis } from 'ioredis';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import type { ControlConnection } from './control-connection.js';

/** A map that nobody gives within this time is used as it is: it may be right, and a wrong one is soon found out. */
const REFRESH_WITHIN_MS = 2_000;

/** Where a stream is, for a reader with a plain connection of its own: that can be woken, told from others, and ended. */
export interface StreamHost {
  /** A new connection to the server that has the stream, not connected yet. */
  open(): Promise<Redis>;
  /** Whether the stream is known to be elsewhere than a connection leads to. */
  hasLeft(reader: Redis): boolean;
  /** Another connection to the same server, to wake a reader with; undefined while there is none. */
  controlOf(reader: Redis): Redis | undefined;
  /** Whether another server may have the stream when this one refuses to read. */
  readonly mayMove: boolean;
}

/** One server, or what Sentinel or a load balancer makes look like one: its address always leads to the stream. */
export class SingleHost implements StreamHost {
  readonly mayMove = false;

  constructor(
    private readonly control: ControlConnection,
    private readonly openReader: () => Redis,
  ) {}

  async open(): Promise<Redis> {
    return this.openReader();
  }

  hasLeft(): boolean {
    return false;
  }

  controlOf(): Redis {
    return this.control.client as Redis;
  }
}

/**
 * The node of a cluster that serves the stream's slot. It is found in the map of the cluster client that the process has
 * for control anyway, which is asked for anew before each connection, so that it follows failovers and moved slots. The
 * reader's connection is a copy of the client's own to that node: whatever leads there (TLS, credentials, `natMap`)
 * leads the reader, too.
 */
export class ClusterHost implements StreamHost {
  readonly mayMove = true;
  private readonly slot: number;

  constructor(
    private readonly control: ControlConnection,
    streamKey: string,
    private readonly openReader: (node: Redis) => Redis,
  ) {
    this.slot = new Command('get', [streamKey]).getSlot();
  }

  async open(): Promise<Redis> {
    await connectAndRefresh(this.cluster);
    const { owner } = this;
    if (!owner) throw new RedisUnavailableError('No node of the cluster is known to serve the stream now.');
    return this.openReader(owner);
  }

  hasLeft(reader: Redis): boolean {
    const { owner } = this;
    return owner !== undefined && addressOf(owner) !== addressOf(reader);
  }

  controlOf(reader: Redis): Redis | undefined {
    return this.cluster.nodes('all').find((node) => addressOf(node) === addressOf(reader));
  }

  private get cluster(): Cluster {
    return this.control.client as Cluster;
  }

  /** undefined while the map has no owner, or none that the client has a connection for. */
  private get owner(): Redis | undefined {
    const address = this.cluster.slots[this.slot]?.[0];
    return this.cluster.nodes('all').find((node) => addressOf(node) === address);
  }
}

/** A node of a cluster that is known to be one of its masters; each time another one, as this one may be dead. */
export async function anyNode(cluster: Cluster): Promise<Redis> {
  await connectAndRefresh(cluster);
  const masters = cluster.nodes('master');
  const node = masters[Math.floor(Math.random() * masters.length)];
  if (!node) throw new RedisUnavailableError('No master of the cluster is known now.');
  return node;
}

async function connectAndRefresh(cluster: Cluster): Promise<void> {
  if (cluster.status === 'wait') await cluster.connect();
  await refreshMap(cluster);
}

function addressOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

/** Asks the nodes for the map of slots, one after the other until one answers. Never rejects. */
function refreshMap(cluster: Cluster): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, REFRESH_WITHIN_MS).unref();
    cluster.refreshSlotsCache(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
