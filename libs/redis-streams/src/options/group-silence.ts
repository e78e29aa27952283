import { SILENT_AFTER } from '../model/policy/lease-rule.js';
import { RedisStreamsConfigError } from '../model/errors/errors.js';

/**
 * A worker with a task speaks up every third of its lease, and may be late: a shorter silence than some leases says nothing.
 * @param where whose lease it is, such as `@StreamHandler('ai:queue')`
 * @throws RedisStreamsConfigError when groups would be given up too early
 */
export function assertLongSilence(abandonGroupAfterMs: number | undefined, leaseMs: number, where: string): void {
  const leastMs = leaseMs * SILENT_AFTER;
  if (abandonGroupAfterMs === undefined || abandonGroupAfterMs >= leastMs) return;
  throw new RedisStreamsConfigError(
    `abandonGroupAfterMs must be at least three leases, which is ${leastMs} for ${where} (leaseMs ${leaseMs}), got ` +
      `${abandonGroupAfterMs}: a worker on a long task would count as silent. Raise it, or lower leaseMs.`,
  );
}
