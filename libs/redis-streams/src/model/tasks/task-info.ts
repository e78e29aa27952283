import type { DeadLetterReason } from '../policy/retry-policy.js';

/** The state of a task in one group. */
export type TaskState = TaskInfo['state'];

interface OfTask {
  readonly stream: string;
  readonly group: string;
  /** The task id: what `add` returned. */
  readonly id: string;
  /** What the handler told last with `context.progress`; undefined where it told nothing. */
  readonly progress?: unknown;
}

interface Unended extends OfTask {
  /** From when on it is not run any more. */
  readonly deadlineAt?: Date;
  /** Somebody has asked to cancel it, and it has not ended yet. */
  readonly cancelRequested?: { readonly reason: string | undefined };
  /** How often it was redriven; told of a task that was redriven, or is replayed. */
  readonly redrives?: number;
  /** Whether it is replayed; told of the same tasks. */
  readonly isReplay?: boolean;
}

interface Ended extends OfTask {
  /** By Redis's clock; undefined where a plain success left no record. */
  readonly endedAt?: Date;
}

/** It waits for its time, in no group yet. `StreamTasks.delayed`, which reads no payloads, does not tell its `deadlineAt`. */
export interface DelayedTask extends Unended {
  readonly state: 'delayed';
  /** When it enters the stream, by Redis's clock. */
  readonly dueAt: Date;
}

/** No run goes on, and none has failed. */
export interface WaitingTask extends Unended {
  readonly state: 'waiting';
  /**
   * Why it does not run at once though it was delivered before: its handler asked for later, its worker stopped, or somebody redrives or replays it. Of one
   * that was not: its group is `paused`. A watch does not tell that.
   */
  readonly why?: 'postponed' | 'handed-back' | 'redriven' | 'replayed' | 'paused';
  /** When it may run; of a paused one undefined until somebody resumes the group. */
  readonly until?: Date;
  /** Runs started on it that count, where it was delivered before: one that was handed back or postponed does not. */
  readonly deliveryCount?: number;
}

export interface RunningTask extends Unended {
  readonly state: 'running';
  readonly consumer: string;
  /** Runs started on it, this one included. */
  readonly deliveryCount: number;
  /** How long nobody has heard of its worker; beyond the worker's lease it is about to be taken over. */
  readonly renewedMsAgo: number;
}

export interface RetryScheduledTask extends Unended {
  readonly state: 'retry-scheduled';
  readonly deliveryCount: number;
  readonly dueAt: Date;
  /** Name and message of what the last run failed with; undefined where it was not told. */
  readonly lastError: string | undefined;
}

export interface CompletedTask extends Ended {
  readonly state: 'completed';
  /** Whether its handler kept a result that is still there. */
  readonly hasResult: boolean;
  /** What the handler returned; undefined where it returned nothing, or where none is kept. */
  readonly result: unknown;
  /** Somebody asked to cancel it, and it was done all the same. */
  readonly cancelRequested?: { readonly reason: string | undefined };
}

export interface DeadLetteredTask extends Ended {
  readonly state: 'dead-lettered';
  /** 'unknown' where something else than this library gave it up. */
  readonly reason: DeadLetterReason | 'unknown';
  /** Name and message, findings and causes: as in `~dead-error`. */
  readonly error: string;
  /** The letter's id in the dead-letter stream; undefined where the handler keeps none. */
  readonly deadLetterId: string | undefined;
}

export interface CancelledTask extends Ended {
  readonly state: 'cancelled';
  readonly reason: string | undefined;
}

export interface ExpiredTask extends Ended {
  readonly state: 'expired';
}

/** It has ended, and how is no longer known. */
export interface FinishedTask extends OfTask {
  readonly state: 'finished';
}

/** There is no such entry: it was trimmed, deleted, or never there. */
export interface UnknownTask extends OfTask {
  readonly state: 'unknown';
  /** Whether the stream begins after it. */
  readonly trimmed: boolean;
  /** The groups of the stream, should the one that was asked for be another. */
  readonly groups: readonly string[];
}

/** What is known of a task in one group at one moment. `state` says which. */
export type TaskInfo =
  | DelayedTask
  | WaitingTask
  | RunningTask
  | RetryScheduledTask
  | CompletedTask
  | DeadLetteredTask
  | CancelledTask
  | ExpiredTask
  | FinishedTask
  | UnknownTask;

/** The states from which a task comes back to no other by itself. */
export type EndState = 'completed' | 'dead-lettered' | 'cancelled' | 'expired' | 'finished';
