import { SILENT_AFTER } from '../model/policy/lease-rule.js';
import { leaseInName } from '../wire/consumer-name.js';
import type { ConsumerStats } from './stream-stats.js';

/** No worker of ours that waits for tasks is silent for longer, in milliseconds. */
const LONGEST_BLOCK_MS = 65_000;
/** What a foreign worker may be silent for, in milliseconds: the default of `claimForeignAfterMs`. */
const FOREIGN_SILENCE_MS = 300_000;

/** Whether a worker has been heard of lately. One of ours speaks up every third of its lease, or when its blocking read ends. */
export function isLiveConsumer({ consumer, pending, idleMs }: ConsumerStats): boolean {
  const leaseMs = leaseInName(consumer);
  if (leaseMs === undefined) return idleMs < FOREIGN_SILENCE_MS;
  return idleMs < Math.max(SILENT_AFTER * leaseMs, pending === 0 ? LONGEST_BLOCK_MS : 0);
}
