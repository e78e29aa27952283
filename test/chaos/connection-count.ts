import type { Redis } from 'ioredis';

interface ClientRow {
  readonly port: number;
  readonly name: string;
}

/**
 * Connections that should not be there while all processes live: a second one of a name, as each process has one of each
 * role. A connection whose other end the proxy has reset is nobody's, unless it is a reader's: that one takes entries,
 * and its worker has to end it.
 */
export async function surplusConnections(redis: Redis, orphanPorts: ReadonlySet<number>): Promise<string[]> {
  const counts = new Map<string, number>();
  for (const { port, name } of await clients(redis)) {
    if (orphanPorts.has(port) && !name.endsWith(':reader')) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].filter(([name, count]) => name.startsWith('nrs:') && count > 1).map(([name]) => name);
}

/** Connections that are there though every process has ended, but for the tool's own and those the proxy holds. */
export async function leftConnections(redis: Redis, orphanPorts: ReadonlySet<number>): Promise<string[]> {
  const rows = await clients(redis);
  return rows
    .filter(({ port, name }) => name !== 'chaos' && !orphanPorts.has(port))
    .map(({ name }) => name || 'unnamed');
}

async function clients(redis: Redis): Promise<ClientRow[]> {
  const list = (await redis.call('client', 'LIST')) as string;
  return list
    .trim()
    .split('\n')
    .map((line) => ({
      port: Number(/ addr=[^ ]*:(\d+)/.exec(line)?.[1]),
      name: / name=([^ ]*)/.exec(line)?.[1] ?? '',
    }));
}
