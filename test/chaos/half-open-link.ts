import { HalfOpenProxy } from './half-open-proxy.js';

/** One process's way to all servers: a proxy before each of them, which break together. */
export class HalfOpenLink {
  private constructor(private readonly proxies: ReadonlyMap<number, HalfOpenProxy>) {}

  static async open(serverPorts: readonly number[]): Promise<HalfOpenLink> {
    const proxies = serverPorts.map(async (port) => [port, await HalfOpenProxy.open(port)] as const);
    return new HalfOpenLink(new Map(await Promise.all(proxies)));
  }

  /** One for a worker and one for a producer. */
  static async openBoth(serverPorts: readonly number[]): Promise<{ worker: HalfOpenLink; producer: HalfOpenLink }> {
    return { worker: await HalfOpenLink.open(serverPorts), producer: await HalfOpenLink.open(serverPorts) };
  }

  /** Local ports of connections to Redis that nobody is behind any more: CLIENT LIST shows them as addresses. */
  get orphanPorts(): ReadonlySet<number> {
    return new Set(this.all.flatMap(({ orphanPorts }) => [...orphanPorts]));
  }

  /** Where the proxy before a server listens. */
  portBefore(serverPort: number): number {
    return this.proxies.get(serverPort)!.port;
  }

  /** As `HalfOpenProxy.resetClients`. */
  resetClients(): void {
    for (const proxy of this.all) proxy.resetClients();
  }

  /** As `HalfOpenProxy.goDark`. */
  goDark(): void {
    for (const proxy of this.all) proxy.goDark();
  }

  goLight(): void {
    for (const proxy of this.all) proxy.goLight();
  }

  close(): void {
    for (const proxy of this.all) proxy.close();
  }

  private get all(): HalfOpenProxy[] {
    return [...this.proxies.values()];
  }
}
