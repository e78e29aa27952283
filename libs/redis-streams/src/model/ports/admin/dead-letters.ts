import type { OperationHold, OperationStep, StepOutcome } from './operations.js';

/** What a dead letter tells without its payload: its headers, names and values in turn, but for the stack. */
export interface LetterHead {
  readonly id: string;
  readonly headers: readonly string[];
}

export interface LetterRange {
  /** Both inclusive. */
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** Reads and deletes dead letters. Each call is answered or rejected in time. */
export interface DeadLetterStore {
  /** Oldest first; of ids, those that are there, in their order. */
  heads(stream: string, letters: LetterRange | readonly string[]): Promise<LetterHead[]>;
  /** The id of the newest letter; undefined where there is none. */
  newest(stream: string): Promise<string | undefined>;
  /** Deletes letters for a bulk action. */
  purge(step: OperationStep, ids: readonly string[]): Promise<StepOutcome>;
  /** How many of those that a redrive has acted on have died again so far, as far as it was looked at: some hundred letters a call. */
  diedAgain(hold: OperationHold): Promise<{ readonly diedAgain: number; readonly done: number }>;
}
