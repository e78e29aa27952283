import type { DeadLetterVerdict, EndVerdict, RetryVerdict } from '../../model/policy/retry-policy.js';
import type {
  AckCommand,
  DeadLetterCommand,
  ForwardCommand,
  RetryCommand,
  SettleCommand,
} from '../../model/ports/settlement.js';
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
  /** Done as well, and forwarding. */
  readonly forwarding?: Lease[];
  readonly failed: Judged[];
}

export function sizeOf({ done, forwarding, failed }: Batch): number {
  return done.length + (forwarding?.length ?? 0) + failed.length;
}

/** So much of kept results goes with one script, in characters, and one result more: Redis does nothing else meanwhile. */
const MOST_KEPT = 4_194_304;

/** Takes out of what is done what goes with a later script. @param kept how much all of them keep and forward */
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

/** What each kept result or forward costs Redis beside its text, as so many characters: 2,000 small ones fill a script, too. */
const EACH_KEPT = 2_000;

/** How much leases keep and forward, in characters. */
export function keptBy(leases: readonly Lease[]): number {
  let sum = 0;
  for (const { kept, forwards } of leases) {
    if (kept) sum += sizeOfFields(kept.fields);
    if (forwards) for (const { fields } of forwards) sum += sizeOfFields(fields);
  }
  return sum;
}

function sizeOfFields(fields: readonly string[]): number {
  let sum = EACH_KEPT;
  for (const field of fields) sum += field.length;
  return sum;
}

/** What a batch asks of the group. Without a dead letter, what would go there is acked. */
export function settleCommand({ done, forwarding, failed }: Batch, options: SubscriptionOptions): SettleCommand {
  const retries: RetryCommand[] = [];
  const deadLetters: DeadLetterCommand[] = [];
  const others: AckCommand[] = [];
  for (const { lease, verdict } of failed) {
    const { entryId, deliveryCount } = lease;
    const note = { waiter: lease.waiter, key: lease.key, ...noteOnFailure(verdict, options) };
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
  const forwards = forwarding as readonly ForwardCommand[] | undefined;
  return { acks: others.length > 0 ? [...done, ...others] : done, forwards, retries, deadLetters };
}
