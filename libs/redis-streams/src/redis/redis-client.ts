import type { Cluster, Redis } from 'ioredis';

/** One connection: to a single server, through Sentinel, or to a cluster. */
export type RedisClient = Redis | Cluster;

/** Holds back what is written to a client's sockets, to send it as one. @returns what releases it */
export function cork(client: RedisClient): () => void {
  const connections = 'nodes' in client ? client.nodes('master') : [client];
  const sockets = connections.flatMap(({ stream }) => stream ?? []);
  for (const socket of sockets) socket.cork();
  return () => {
    for (const socket of sockets) socket.uncork();
  };
}
