import { now } from '../clock.js';
import { STREAM } from '../streams.js';
import type { System } from '../system.js';

/** Entries whose header promises JSON that is not there. */
const POISONED: readonly (readonly string[])[] = [
  ['a', 'x', '~json:a', ''],
  ['a', '1', '~json:b', ''],
  ['a', '1', '~json:%E0', ''],
  ['~payload', '{'],
];

const REPLICATED_WITHIN_MS = 1_000;

/** Adds what cannot be decoded, past the library. */
export async function poison({ topology, ledger }: System): Promise<void> {
  const { minReplicas } = topology;
  const client = await topology.client();
  for (const fields of POISONED) {
    const id = await client.xadd(STREAM, '*', ...fields);
    const replicas = minReplicas > 0 ? await client.wait(minReplicas, REPLICATED_WITHIN_MS) : 0;
    if (replicas >= minReplicas) ledger.accept(id!, 'poison', now());
  }
}
