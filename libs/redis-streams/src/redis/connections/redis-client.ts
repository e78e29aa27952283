import type { Cluster, Redis } from 'ioredis';

/** One connection: to a single server, through Sentinel, or to a cluster. */
export type RedisClient = Redis | Cluster;

/**
 * Whether what is sent now is written to a socket. A connection that has just broken calls itself ready until its `close` is
 * told, and takes nothing. (In a cluster, each of its nodes has a connection of its own.)
 */
export function isWritable(client: RedisClient): boolean {
  if (client.status !== 'ready') return false;
  const socket = 'nodes' in client ? undefined : client.stream;
  return socket === undefined || (socket.writable && !socket.writableEnded);
}

/** Stands around the sending of each command, and the opening of a connection. It calls `send` once, at once, and returns what that does. */
export type AroundCommand = <Result>(send: () => Result) => Result;

export function surroundCommands(client: RedisClient, around: AroundCommand): void {
  const send = client.sendCommand.bind(client) as (...call: unknown[]) => unknown;
  client.sendCommand = (...call: unknown[]) => around(() => send(...call));
}

/** Holds back what is written to a client's sockets, to send it as one. @returns what releases it */
export function cork(client: RedisClient): () => void {
  const connections = 'nodes' in client ? client.nodes('master') : [client];
  const sockets = connections.flatMap(({ stream }) => stream ?? []);
  for (const socket of sockets) socket.cork();
  return () => {
    for (const socket of sockets) socket.uncork();
  };
}

/**
 * Lets a cluster's ASKINGs fail. Before each command that a node redirects while a slot moves, ioredis sends one to the other node, and
 * forgets its promise: where that connection breaks, nobody would handle the rejection, which ends the process. What becomes of the
 * command its caller is told in any case.
 */
export function letAskingsFail(cluster: Cluster): void {
  cluster.nodes().forEach(letAskingFail);
  cluster.on('+node', letAskingFail);
}

function letAskingFail(node: Redis): void {
  const asking = node.asking.bind(node);
  node.asking = () => {
    const answer = asking();
    answer.catch(() => undefined);
    return answer;
  };
}
