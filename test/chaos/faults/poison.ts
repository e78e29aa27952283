import { now } from '../clock.js';
import { STREAM, type System } from '../system.js';

/** Entries whose header promises JSON that is not there. */
const POISONED: readonly (readonly string[])[] = [
  ['a', 'x', '~json:a', ''],
  ['a', '1', '~json:b', ''],
  ['a', '1', '~json:%E0', ''],
  ['~payload', '{'],
];

/** Adds what cannot be decoded, past the library. */
export async function poison({ redis, ledger }: System): Promise<void> {
  for (const fields of POISONED) {
    const id = await redis.client.xadd(STREAM, '*', ...fields);
    ledger.accept(id!, 'poison', now());
  }
}
