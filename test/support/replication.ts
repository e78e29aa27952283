import type { Redis } from 'ioredis';
import { eventually } from './eventually.js';

/**
 * Waits until a replica confirms what its master writes. Its link is up before that: right after the first copy it rewrites
 * its file, and answers nobody meanwhile.
 */
export async function untilReplicated(master: Redis): Promise<void> {
  await eventually(
    async () => (await master.set('replicated', 'yes')) === 'OK' && (await master.wait(1, 5_000)) === 1,
    20_000,
  );
}
