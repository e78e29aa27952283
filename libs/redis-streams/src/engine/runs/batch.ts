import type { DeadLetterVerdict, RetryVerdict } from '../../model/policy/retry-policy.js';
import type { DeadLetterCommand, Ownership, RetryCommand, SettleCommand } from '../../model/ports/settlement.js';
import type { Lease } from '../state/delivery.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import { deadLetterHeaders } from './dead-letter-headers.js';

/** A lease whose entry is not done, and what becomes of it. */
export interface Judged {
  readonly lease: Lease;
  readonly verdict: RetryVerdict | DeadLetterVerdict;
}

/** What one script settles; the many that are done need no more than themselves. */
export interface Batch {
  readonly done: Lease[];
  readonly failed: Judged[];
}

export function sizeOf({ done, failed }: Batch): number {
  return done.length + failed.length;
}

/** What a batch asks of the group. Without a dead letter, what would go there is acked. */
export function settleCommand({ done, failed }: Batch, options: SubscriptionOptions): SettleCommand {
  const retries: RetryCommand[] = [];
  const deadLetters: DeadLetterCommand[] = [];
  const dropped: Ownership[] = [];
  for (const { lease, verdict } of failed) {
    const { entryId, deliveryCount } = lease;
    if (verdict.kind === 'retry') {
      const keepCount = Math.max(0, verdict.deliveryCount);
      retries.push({ entryId, deliveryCount, delayMs: verdict.delayMs, keepCount });
    } else if (options.deadLetter) {
      const { maxLen } = options.deadLetter;
      deadLetters.push({ entryId, deliveryCount, maxLen, headers: deadLetterHeaders(entryId, verdict, options) });
    } else {
      dropped.push(lease);
    }
  }
  return { acks: dropped.length > 0 ? [...done, ...dropped] : done, retries, deadLetters };
}
