import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
}

/**
 * A TCP proxy before Redis that breaks as networks do: it resets the client's side of its connections and leaves the
 * server's side open, as load balancers do, or forwards nothing for a while and then all that has come meanwhile.
 */
export class HalfOpenProxy {
  private readonly links = new Set<Link>();
  private readonly orphans = new Set<Socket>();
  private isDark = false;

  private constructor(
    private readonly server: Server,
    private readonly redisPort: number,
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  static async open(redisPort: number): Promise<HalfOpenProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HalfOpenProxy(server, redisPort);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Local ports of connections to Redis that nobody is behind any more: CLIENT LIST shows them as addresses. */
  get orphanPorts(): ReadonlySet<number> {
    return new Set([...this.orphans].map(({ localPort }) => localPort!));
  }

  /** Resets the clients' side of all connections. Redis notices nothing, and may go on answering into the void. */
  resetClients(): void {
    for (const link of this.links) {
      const { client, upstream } = link;
      this.links.delete(link);
      this.orphans.add(upstream);
      upstream.once('close', () => this.orphans.delete(upstream));
      upstream.removeAllListeners('data').on('data', () => undefined);
      upstream.resume();
      client.resetAndDestroy();
    }
  }

  /** Forwards nothing in either direction, on old connections and new ones. */
  goDark(): void {
    this.isDark = true;
    for (const { client, upstream } of this.links) {
      client.pause();
      upstream.pause();
    }
  }

  /** Forwards again, first what has come meanwhile. */
  goLight(): void {
    this.isDark = false;
    for (const { client, upstream } of this.links) {
      client.resume();
      upstream.resume();
    }
  }

  close(): void {
    this.server.close();
    for (const { client, upstream } of this.links) {
      client.destroy();
      upstream.destroy();
    }
    for (const orphan of this.orphans) orphan.destroy();
  }

  private accept(client: Socket): void {
    const upstream = connect({ port: this.redisPort, host: '127.0.0.1', noDelay: true });
    const link: Link = { client, upstream };
    this.links.add(link);
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => client.write(bytes));
    client.on('error', () => undefined);
    upstream.on('error', () => undefined);
    client.on('close', () => {
      // One that was reset here leaves its other side alone.
      if (this.links.delete(link)) upstream.destroy();
    });
    upstream.on('close', () => {
      this.links.delete(link);
      client.destroy();
    });
    if (this.isDark) {
      client.pause();
      upstream.pause();
    }
  }
}
