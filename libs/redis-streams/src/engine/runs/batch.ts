import type { DeadLetterVerdict, EndVerdict, RetryVerdict } from '../../model/policy/retry-policy.js';
import type { AckCommand, DeadLetterCommand, RetryCommand, SettleCommand } from '../../model/ports/settlement.js';
import type { Lease } from '../state/deliveries/delivery.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import { deadLetterHeaders } from './dead-letter-headers.js';
import { noteOnFailure } from './task-notes.js';

/** A lease whose entry is not done, and what becomes of it. */
export interface Judged {
  readonly lease: Lease;
  readonly verdict: RetryVerdict | DeadLetterVerdict | EndVerdict;
}

/** What one script settles; the many that are done need no more than themselves. */
export interface Batch {
  readonly done: Lease[];
  readonly failed: Judged[];
}

export function sizeOf({ done, failed }: Batch): number {
  return done.length + failed.length;
}

/** So much of kept results goes with one script, in characters, and one result more: Redis does nothing else meanwhile. */
const MOST_KEPT = 4_194_304;

/** Takes out of what is done what goes with a later script. @param kept how much the results of all of them have */
export function takeOutExcess(done: Lease[], kept: number): Lease[] {
  if (kept <= MOST_KEPT) return [];
  let before = 0;
  const excess = done.findIndex((lease) => {
    const isFull = before >= MOST_KEPT;
    before += keptBy([lease]);
    return isFull;
  });
  return excess < 0 ? [] : done.splice(excess);
}

/** What each kept result costs Redis beside its text, as so many characters: 2,000 small ones fill a script, too. */
const EACH_KEPT = 2_000;

/** How much the kept results of leases have, in characters. */
export function keptBy(leases: readonly Lease[]): number {
  let sum = 0;
  for (const { kept } of leases) {
    if (!kept) continue;
    sum += EACH_KEPT;
    for (const field of kept.fields) sum += field.length;
  }
  return sum;
}

/** What a batch asks of the group. Without a dead letter, what would go there is acked. */
export function settleCommand({ done, failed }: Batch, options: SubscriptionOptions): SettleCommand {
  const retries: RetryCommand[] = [];
  const deadLetters: DeadLetterCommand[] = [];
  const others: AckCommand[] = [];
  for (const { lease, verdict } of failed) {
    const { entryId, deliveryCount } = lease;
    const note = { waiter: lease.waiter, ...noteOnFailure(verdict, options) };
    if (verdict.kind === 'retry') {
      const keepCount = Math.max(0, verdict.deliveryCount);
      retries.push({ entryId, deliveryCount, delayMs: verdict.delayMs, keepCount, note });
    } else if (verdict.kind === 'dead-letter' && options.deadLetter) {
      const { maxLen } = options.deadLetter;
      const headers = deadLetterHeaders(entryId, verdict, options);
      deadLetters.push({ entryId, deliveryCount, maxLen, headers, note });
    } else {
      others.push({ entryId, deliveryCount, note });
    }
  }
  return { acks: others.length > 0 ? [...done, ...others] : done, retries, deadLetters };
}
