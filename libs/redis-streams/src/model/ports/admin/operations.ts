import type { OperationKind, OperationState } from '../../operations/operation.js';

/** A process that does not say for so long, in milliseconds, that it goes on with a bulk action has left it to others. */
export const OPERATION_LEASE_MS = 3_000;

/** A bulk action as Redis keeps it. Times are epoch milliseconds by Redis's clock. */
export interface StoredOperation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  /** Why it has ended, where that is not plain. */
  readonly why: string;
  /** What it is to do, as JSON: only who started it knows what is in it. */
  readonly spec: string;
  /** Up to here all is done or skipped. */
  readonly cursor: string;
  /** The last id that it looks at, fixed when it started. */
  readonly upTo: string;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly by: string;
  readonly reason: string;
  /** Which process goes on with it; empty where none does. */
  readonly holder: string;
  /** What keeps it from going on; empty for nothing. */
  readonly waitsFor: string;
  readonly done: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** How many of the redriven have died again, up to the letter `diedUpTo`. */
  readonly diedAgain: number;
  readonly diedUpTo: string;
}

export interface NewOperation {
  readonly id: string;
  readonly kind: OperationKind;
  /** Refused while another of its kind goes on. */
  readonly isOnly: boolean;
  readonly spec: string;
  readonly cursor: string;
  readonly upTo: string;
  readonly by: string;
  readonly reason: string;
}

/** One process's hold on an operation. */
export interface OperationHold {
  readonly stream: string;
  readonly operationId: string;
  /** Unlike that of any other hold. */
  readonly holder: string;
}

/**
 * A part of a bulk action. The script that acts checks first that the operation goes on, that this process still holds it, and that it is where
 * it was; and moves it on in the same step. So nothing is done twice, whoever dies when, and nothing is done after a cancel.
 */
export interface OperationStep extends OperationHold {
  /** Where the operation stands. */
  readonly from: string;
  /** Where it stands after this part: a part that was sent twice is done once. */
  readonly to: string;
  /** What is left out between the two, by cause. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** `lost`: nothing was done. The operation has ended, or another process has it. */
export type StepOutcome = 'done' | 'lost';

/** Keeps bulk actions in Redis. Each call is answered or rejected in time, as a question is. */
export interface OperationStore {
  /** @returns the one that keeps it from starting; undefined where it was started */
  start(stream: string, operation: NewOperation): Promise<StoredOperation | undefined>;
  get(stream: string, id: string): Promise<StoredOperation | undefined>;
  /** The newest first. */
  list(stream: string, limit: number): Promise<StoredOperation[]>;
  /** The ids of those that have not ended. */
  active(stream: string): Promise<string[]>;
  /** @returns the operation; undefined where it has ended or another process holds it */
  hold(hold: OperationHold): Promise<StoredOperation | undefined>;
  /** Says that it is still held, and what it waits for. */
  beat(hold: OperationHold, waitsFor: string): Promise<StepOutcome>;
  /** Moves on. @param acted how many were acted on elsewhere, by what bears to be repeated; default none */
  advance(step: OperationStep, acted?: number): Promise<StepOutcome>;
  /** From now on any process may take it. */
  release(hold: OperationHold): Promise<StepOutcome>;
  end(hold: OperationHold, state: OperationState, why: string): Promise<StepOutcome>;
  /** @returns the operation as it is afterwards; undefined where there is none */
  cancel(stream: string, id: string, why: string): Promise<StoredOperation | undefined>;
  /** Has one that has ended go on where it was. @returns it, or the one that keeps it from that; undefined where there is none */
  resume(stream: string, id: string): Promise<StoredOperation | undefined>;
}

/** Where bulk actions are left to be gone on with. Asked every few seconds about many streams. */
export interface OperationLookout {
  /** Parts of these, each of which can be asked about at once. */
  asOneQuestion(streams: readonly string[]): readonly (readonly string[])[];
  /** @returns those of one such part that have bulk actions which have not ended */
  busyAmong(streams: readonly string[]): Promise<readonly string[]>;
}
