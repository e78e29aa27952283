import type { OperationHold, OperationStep, StoredOperation } from '../../../model/ports/admin/operations.js';
import type { Part } from './candidates.js';

/** Where an operation stands, and who goes on with it. */
export interface OperationPlace {
  readonly hold: OperationHold;
  readonly cursor: string;
}

/** What came of the next part of an operation. */
export type WorkOutcome =
  /** So many were acted on; it goes on after `to`. */
  | { readonly kind: 'acted'; readonly count: number; readonly to: string }
  | { readonly kind: 'end' }
  /** Nothing was done: it has ended, or another process has it. */
  | { readonly kind: 'lost' }
  /** It is tried again after so many milliseconds: default 500. */
  | { readonly kind: 'wait'; readonly waitsFor: string; readonly forMs?: number }
  | { readonly kind: 'stop'; readonly why: string };

/** What a kind of operation does, part by part. It may be given up at any time, and begun anew elsewhere from what Redis knows. */
export interface OperationWork {
  /** How many a second; Infinity for as fast as it goes. */
  readonly rate: number;
  /** @param most how many to act on at most */
  next(place: OperationPlace, most: number): Promise<WorkOutcome>;
}

/** Makes the work of an operation from what Redis keeps of it. */
export type WorkOf = (stream: string, operation: StoredOperation) => OperationWork;

export function stepOver({ hold, cursor }: OperationPlace, { to, skipped }: Part<unknown>): OperationStep {
  return { ...hold, from: cursor, to, skipped };
}
