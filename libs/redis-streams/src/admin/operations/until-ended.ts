import { setTimeout as wait } from 'node:timers/promises';
import type { StoredOperation } from '../../model/ports/admin/operations.js';

/** How often it is looked at, in milliseconds: at first, and at last. */
const FIRST_MS = 20;
const LAST_MS = 500;

/** @returns the operation, once it has ended; undefined where there is none */
export async function untilEnded(
  ask: () => Promise<StoredOperation | undefined>,
  signal: AbortSignal | undefined,
): Promise<StoredOperation | undefined> {
  for (let inMs = FIRST_MS; ; inMs = Math.min(2 * inMs, LAST_MS)) {
    signal?.throwIfAborted();
    // oxlint-disable-next-line no-await-in-loop -- until it has ended
    const operation = await ask();
    if (operation?.state !== 'running') return operation;
    // oxlint-disable-next-line no-await-in-loop -- as above
    await wait(inMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}
