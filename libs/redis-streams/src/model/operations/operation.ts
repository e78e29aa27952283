/** What a bulk action does: dead letters into tasks again, dead letters away, finished tasks again. */
export type OperationKind = 'redrive' | 'purge' | 'replay';

/**
 * - `running`: it goes on, or waits for a process that goes on with it
 * - `done`: all that was selected is done or skipped
 * - `cancelled`: somebody has cancelled it
 * - `stopped`: it has stopped itself, as too many of the redriven have died again
 * - `failed`: it cannot go on
 */
export type OperationState = 'running' | 'done' | 'cancelled' | 'stopped' | 'failed';

/** A bulk action, as Redis knows it. It is kept for 7 days after its end. */
export interface OperationInfo {
  readonly id: string;
  readonly stream: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  /** Why it was cancelled, has stopped itself or has failed. */
  readonly why: string | undefined;
  /** What it was asked for: filter and options. */
  readonly selection: Readonly<Record<string, unknown>>;
  readonly startedAt: Date;
  readonly endedAt: Date | undefined;
  /** Who started it, and why, as was said then. */
  readonly by: string | undefined;
  readonly reason: string | undefined;
  /** The process that goes on with it; undefined where none does at the moment. */
  readonly runBy: string | undefined;
  /** What it waits for, as for workers that have too much to do; undefined where it goes on. */
  readonly waitsFor: string | undefined;
  /** Up to which id it has come, and which one is the last. */
  readonly cursor: string;
  readonly upTo: string;
  /** How many were redriven, deleted or replayed. */
  readonly done: number;
  /** How many were left out, by cause. */
  readonly skipped: Readonly<Record<string, number>>;
  /** How many of the redriven have died again so far. */
  readonly diedAgain: number;
}

/** What a bulk action would do, before it is asked to. The same for all kinds. */
export interface OperationPlan {
  readonly stream: string;
  readonly kind: OperationKind;
  /** How many it would act on. */
  readonly eligible: number;
  /** How many of the selected ones it would leave out, by cause. */
  readonly notEligible: Readonly<Record<string, number>>;
  /** The first of the eligible ones, up to five. */
  readonly sample: readonly PlannedItem[];
  /** How long it would take at its rate, in milliseconds. */
  readonly estimatedMs: number;
  /** Sentences that whoever decides should read first. */
  readonly warnings: readonly string[];
  /** The last id that was looked at: given to the action, it does what was planned, and nothing that came later. */
  readonly upTo: string;
}

/** One of those that a bulk action would act on. */
export interface PlannedItem {
  /** Of the letter, or of the finished entry. */
  readonly id: string;
  readonly taskId: string;
  readonly group: string;
  /** Of a dead letter. */
  readonly reason?: string;
  readonly error?: string;
}
