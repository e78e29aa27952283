import { setTimeout as wait } from 'node:timers/promises';
import { GROUP } from '../streams.js';
import type { ChaosTopology } from '../topology.js';

/** The servers end every connection but the tool's own. */
export async function killClients({ servers }: ChaosTopology): Promise<void> {
  const kill = (type: string) => servers.map((server) => server.call('client', 'KILL', 'TYPE', type, 'SKIPME', 'yes'));
  await Promise.all([...kill('normal'), ...kill('pubsub')]);
}

/** For a while the server has more than it may: it refuses whatever would add to it. */
export async function fillMemory(topology: ChaosTopology, durationMs: number): Promise<void> {
  const client = await topology.client();
  await client.config('SET', 'maxmemory', '1');
  await wait(durationMs);
  await client.config('SET', 'maxmemory', '0');
}

export async function destroyGroups(topology: ChaosTopology, streams: readonly string[]): Promise<void> {
  for (const stream of streams) await (await topology.client(stream)).xgroup('DESTROY', stream, GROUP);
}
