import type { Forward } from '../forward.js';

/** An entry at the delivery count under which this consumer holds it: the fence of every settlement. */
export interface Ownership {
  readonly entryId: string;
  readonly deliveryCount: number;
}

/** An idempotency key, and the task that it was given to. */
export interface HeldKey {
  readonly name: string;
  readonly taskId: string;
}

/** What is written of a task in the same step as its settlement. Whoever has registered for news of it is rung. */
export interface TaskNote {
  /** How it has ended; undefined where a retry is scheduled. */
  readonly state: 'completed' | 'dead-lettered' | 'cancelled' | 'expired' | undefined;
  /** Fields of its record and their values in turn: see `wire/tasks/task-record`. */
  readonly fields: readonly string[];
  /**
   * How long the record is kept, in milliseconds; of a task that goes on, never shorter than before. undefined: nothing is written,
   * and what was said of failed runs goes.
   */
  readonly ttlMs: number | undefined;
  /** How long the task's output is kept from its end on, in milliseconds; undefined where its handler writes none. */
  readonly outputTtlMs?: number | undefined;
  /** The process that waits for the task, as its entry says: rung when it has ended, without having registered. */
  readonly waiter?: string | undefined;
  /** The idempotency key that the task's end frees, unless another task has it by now. */
  readonly key?: HeldKey | undefined;
  /** The task was redriven, or is replayed: what is known of that life goes with its end. */
  readonly endsLife?: boolean | undefined;
}

export interface Noted {
  /** Most tasks that go well have none. */
  readonly note?: TaskNote | undefined;
}

export interface AckCommand extends Ownership, Noted {}

export interface RetryCommand extends Ownership, Noted {
  readonly delayMs: number;
  /** The count to schedule it with: what the next delivery adds one to. */
  readonly keepCount: number;
}

export interface DeadLetterCommand extends Ownership, Noted {
  readonly maxLen: number | undefined;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/**
 * A task that is done, and what it forwards. Where all that has been added, each with its id, it is acked. Otherwise it is added and the task
 * acked in one step, where that can be done in one; else what it forwards is stored, so that the task owes it.
 */
export interface ForwardCommand extends AckCommand {
  readonly forwards: readonly Forward[];
}

/** What a task that is done owes before it can be acked: nobody runs it again. */
export interface Owed {
  readonly forwards: readonly Forward[];
  /** What is to be written of the task with the ack. */
  readonly note: TaskNote | undefined;
}

/** A retry or a dead letter of a task that somebody has asked to cancel ends it as `cancelled` instead. */
export interface SettleCommand {
  readonly acks: readonly AckCommand[];
  readonly forwards?: readonly ForwardCommand[] | undefined;
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
  /** Tasks that owe what they forward, and are held as before: what is stored, which may be what an earlier run has forwarded. */
  readonly owing?: ReadonlyMap<string, Owed> | undefined;
  /** Failures that ended as `cancelled`. */
  readonly cancelled: ReadonlySet<string>;
  /** Why something that is to be kept of a task could not be, though all is settled; empty where nothing failed. */
  readonly unkept: string;
  /** Whether it was sent more than once, as after a broken connection: then it may have been settled the first time. */
  readonly wasResent: boolean;
}
