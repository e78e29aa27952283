import type { Connections } from '../redis/connections/connections.js';
import type { RedisClient } from '../redis/connections/redis-client.js';
import { type RunScript, runScript } from '../redis/lua/run-script.js';

type Ask = <Reply>(send: (client: RedisClient) => Promise<Reply>) => Promise<Reply>;

/** Over the connection for control where there is one, as in a process that consumes. */
export function scriptRunner(connections: Connections, otherwise: Ask): RunScript {
  const runOtherwise = scriptsOver(otherwise);
  return (script, keys, args) =>
    connections.hasControl ? connections.control().run(script, keys, args) : runOtherwise(script, keys, args);
}

export function scriptsOver(ask: Ask): RunScript {
  return (script, keys, args) => ask((client) => runScript(client, script, keys, args));
}
