import type { DeadLetterReason } from '../../model/policy/retry-policy.js';
import { Histogram } from './histogram.js';

export type SettledOutcome =
  'completed' | 'retried' | 'dead_lettered' | 'cancelled' | 'expired' | 'released' | 'lease_lost';

export type LoopName = 'read' | 'lease' | 'settle';

/** Upper bounds of buckets, in seconds. */
export interface Buckets {
  readonly send: readonly number[];
  readonly process: readonly number[];
  readonly wait: readonly number[];
  readonly endToEnd: readonly number[];
}

/** What is counted of adds to one stream. */
export class StreamNumbers {
  sent = 0;
  /** Of adds that failed, by the error's class. */
  readonly failed = new Map<string, number>();
  readonly sendDuration: Histogram;

  constructor(
    readonly stream: string,
    { send }: Buckets,
  ) {
    this.sendDuration = new Histogram(send);
  }

  reset(): void {
    this.sent = 0;
    for (const type of this.failed.keys()) this.failed.set(type, 0);
    this.sendDuration.reset();
  }
}

/** What is counted of one stream and group, whatever its handlers are called. */
export class GroupNumbers {
  consumed = 0;
  takenOver = 0;
  stale = 0;
  redriven = 0;
  replayed = 0;
  readonly deadLettered: Record<DeadLetterReason, number> = {
    ...{ 'max-deliveries': 0, 'max-age': 0, unrecoverable: 0 },
    ...{ 'rejected-by-pipe': 0, undecodable: 0, 'unusable-result': 0 },
  };
  readonly loopErrors: Record<LoopName, number> = { read: 0, lease: 0, settle: 0 };
  readonly wait: Histogram;
  readonly endToEnd: Histogram;

  constructor(
    readonly stream: string,
    readonly group: string,
    { wait, endToEnd }: Buckets,
  ) {
    this.wait = new Histogram(wait);
    this.endToEnd = new Histogram(endToEnd);
  }

  reset(): void {
    this.consumed = this.takenOver = this.stale = this.redriven = this.replayed = 0;
    for (const counts of [this.deadLettered, this.loopErrors]) setAllToZero(counts);
    this.wait.reset();
    this.endToEnd.reset();
  }
}

/** What is counted of one handler. */
export class TaskNumbers {
  readonly settled: Record<SettledOutcome, number> = {
    ...{ completed: 0, retried: 0, dead_lettered: 0, cancelled: 0, expired: 0, released: 0, lease_lost: 0 },
  };
  /** How long runs took that ended well, or asked for another time. */
  readonly ok: Histogram;
  /** How long those took that failed. */
  readonly error: Histogram;

  constructor(
    readonly group: GroupNumbers,
    readonly task: string,
    { process }: Buckets,
  ) {
    this.ok = new Histogram(process);
    this.error = new Histogram(process);
  }

  reset(): void {
    setAllToZero(this.settled);
    this.ok.reset();
    this.error.reset();
  }
}

function setAllToZero(counts: Record<string, number>): void {
  for (const name of Object.keys(counts)) counts[name] = 0;
}
