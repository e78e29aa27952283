import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP proxy in front of a server, which can do to connections what load balancers and cables do. */
export interface TcpProxy {
  readonly port: number;
  /** Resets the clients' sides of all connections, and leaves the server's sides open. */
  halfOpen(): void;
  /** Forwards nothing any more on the connections that there are, without closing them. */
  silence(): void;
  /** What the server says on the connections that there are goes nowhere any more; what it is told it still does. */
  swallowReplies(): void;
  /** Forwards again what `silence` held back. */
  resume(): void;
  /** From now on a connection stalls, in the server's direction of speech, once so many bytes arrive on it at a time. */
  stallAtReplies(ofBytes: number): void;
  /** Ends all connections, and takes no new ones. */
  cut(): void;
}

export async function tcpProxy(toPort: number): Promise<TcpProxy> {
  const pairs = new Set<{ client: Socket; server: Socket }>();
  let stallAt = Infinity;
  const proxy = createServer((client) => {
    const server = connect(toPort, '127.0.0.1');
    const pair = { client, server };
    pairs.add(pair);
    client.pipe(server);
    server.pipe(client);
    server.on('data', ({ length }) => {
      if (length >= stallAt) server.unpipe(client).pause();
    });
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
    }
    client.on('close', () => {
      if (!abandoned.has(server)) server.destroy();
    });
    server.on('close', () => {
      client.destroy();
      pairs.delete(pair);
    });
  });
  const abandoned = new Set<Socket>();
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
    proxy.close();
  });
  return {
    port: (proxy.address() as AddressInfo).port,
    stallAtReplies: (ofBytes) => void (stallAt = ofBytes),
    cut: () => {
      proxy.close();
      for (const { client } of pairs) client.destroy();
    },
    halfOpen: () => {
      for (const { client, server } of pairs) {
        abandoned.add(server);
        client.unpipe(server);
        server.unpipe(client);
        // Whatever the server still says goes nowhere.
        server.resume();
        client.resetAndDestroy();
      }
    },
    silence: () => {
      for (const { client, server } of pairs) {
        client.unpipe(server);
        server.unpipe(client);
        client.pause();
        server.pause();
      }
    },
    swallowReplies: () => {
      for (const { client, server } of pairs) server.unpipe(client).resume();
    },
    resume: () => {
      for (const { client, server } of pairs) {
        client.pipe(server);
        server.pipe(client);
      }
    },
  };
}
