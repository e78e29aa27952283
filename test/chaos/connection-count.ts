import type { Redis } from 'ioredis';

/** How the tool's own connections are called. */
export const TOOL = 'chaos';

interface ClientRow {
  readonly port: number;
  readonly name: string;
}

/**
 * Connections that should not be there while all processes live: a second one of a name at one server, as each process
 * has one of each role, or more readers than streams anywhere. A connection whose other end the proxy has reset is nobody's, unless
 * it is a reader's: that one takes entries, and its worker has to end it.
 */
export async function surplusConnections(
  servers: readonly Redis[],
  orphanPorts: ReadonlySet<number>,
  streams: number,
): Promise<string[]> {
  const counts = new Map<string, number>();
  for (const [n, rows] of (await Promise.all(servers.map(clients))).entries()) {
    for (const { port, name } of rows) {
      const isReader = name.endsWith(':reader');
      if (!name.startsWith('nrs:') || (orphanPorts.has(port) && !isReader)) continue;
      const place = isReader ? name : `${name} at server ${n + 1}`;
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([place, count]) => count > (place.endsWith(':reader') ? streams : 1))
    .map(([place, count]) => `${count} of ${place}`);
}

/** Connections that are there though every process has ended, but for the tool's own and those the proxy holds. */
export async function leftConnections(servers: readonly Redis[], orphanPorts: ReadonlySet<number>): Promise<string[]> {
  const rows = (await Promise.all(servers.map(clients))).flat();
  return rows.filter(({ port, name }) => name !== TOOL && !orphanPorts.has(port)).map(({ name }) => name || 'unnamed');
}

async function clients(redis: Redis): Promise<ClientRow[]> {
  const types = ['normal', 'pubsub'];
  const lists = await Promise.all(types.map((type) => redis.call('client', 'LIST', 'TYPE', type) as Promise<string>));
  return (
    lists
      .flatMap((list) => list.trim().split('\n'))
      .filter((line) => line !== '')
      // Servers keep a connection to each other for a while after a slot has moved.
      .filter((line) => !line.includes(' cmd=restore'))
      .map((line) => ({
        port: Number(/ addr=[^ ]*:(\d+)/.exec(line)?.[1]),
        name: / name=([^ ]*)/.exec(line)?.[1] ?? '',
      }))
  );
}
