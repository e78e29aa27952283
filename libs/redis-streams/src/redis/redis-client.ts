import type { Cluster, Redis } from 'ioredis';
import type { Script } from './scripts/script.js';
import { claimDueScript } from './scripts/claim-due.js';
import { countBacklogScript } from './scripts/count-backlog.js';
import { ensureGroupScript } from './scripts/ensure-group.js';
import { leaveScript } from './scripts/leave.js';
import { renewAllScript } from './scripts/renew-all.js';
import { renewScript } from './scripts/renew.js';
import { settleScript } from './scripts/settle.js';
import { pruneConsumersScript } from './scripts/prune-consumers.js';
import { sweepScript } from './scripts/sweep.js';
import { tendHistoryScript } from './scripts/tend-history.js';

/** One connection: to a single server, through Sentinel, or to a cluster. */
export type RedisClient = Redis | Cluster;

const SCRIPTS: readonly Script[] = [
  settleScript,
  renewScript,
  renewAllScript,
  claimDueScript,
  sweepScript,
  ensureGroupScript,
  tendHistoryScript,
  pruneConsumersScript,
  leaveScript,
  countBacklogScript,
];

/** Makes the scripts known to a client; ioredis then sends EVALSHA, and EVAL where the server has not seen it yet. */
export function defineScripts(client: RedisClient): void {
  for (const { name, numberOfKeys, lua } of SCRIPTS) client.defineCommand(name, { numberOfKeys, lua });
}

/** Runs a script; `keys` come first, then `args`. */
export function runScript<Reply>(
  client: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<Reply> {
  const commands = client as unknown as Record<string, (args: (string | number)[]) => Promise<Reply>>;
  return commands[script.name]!([...keys, ...args]);
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
