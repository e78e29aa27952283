/** An entry at the delivery count under which this consumer holds it: the fence of every settlement. */
export interface Ownership {
  readonly entryId: string;
  readonly deliveryCount: number;
}

export interface RetryCommand extends Ownership {
  readonly delayMs: number;
  /** The count to schedule it with: what the next delivery adds one to. */
  readonly keepCount: number;
}

export interface DeadLetterCommand extends Ownership {
  readonly maxLen: number | undefined;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

export interface SettleCommand {
  readonly acks: readonly Ownership[];
  readonly retries: readonly RetryCommand[];
  readonly deadLetters: readonly DeadLetterCommand[];
}

/**
 * Who holds an entry that this consumer does not hold as expected: `nobody`, as it is pending no more; nobody, as it was
 * `deleted` from the stream or trimmed; the schedule of its next `retry`; or `another` consumer, or this one at another count.
 */
export type Holder = 'nobody' | 'deleted' | 'retry' | 'another';

export interface SettleReply {
  /** What was not settled, as this consumer holds it no more. */
  readonly lost: ReadonlyMap<string, Holder>;
  /** Dead letters that could not be written, with Redis's error. Their entries are as before. */
  readonly failed: ReadonlyMap<string, string>;
  /** Whether it was sent more than once, as after a broken connection: then it may have been settled the first time. */
  readonly wasResent: boolean;
}
