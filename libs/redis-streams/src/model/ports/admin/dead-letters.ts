import type { RawEntry } from '../../entry.js';
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

export interface LetterHeads {
  /** Oldest first; of ids, those that are there, in their order. */
  readonly heads: readonly LetterHead[];
  /** Not all that was asked for was looked at, as letters are large, or there may be more in the range. */
  readonly isCut: boolean;
  /** Of ids, how many were looked at: at least one. */
  readonly looked: number;
}

/** Whole letters, the oldest first; at least one where there is one. */
export interface RawLetters {
  readonly letters: readonly RawEntry[];
  /** There may be more in the range. */
  readonly isCut: boolean;
}

/** Reads and deletes dead letters. Each call is answered or rejected in time. */
export interface DeadLetterStore {
  /** As many as Redis should read at once. */
  heads(stream: string, letters: LetterRange | readonly string[]): Promise<LetterHeads>;
  /** With their payloads: some megabytes at most, or one. */
  letters(stream: string, range: LetterRange): Promise<RawLetters>;
  /** The id of the newest letter; undefined where there is none. */
  newest(stream: string): Promise<string | undefined>;
  /** Epoch milliseconds, by the server's clock: ages are by that one. */
  now(stream: string): Promise<number>;
  /** Deletes letters for a bulk action. */
  purge(step: OperationStep, ids: readonly string[]): Promise<StepOutcome>;
  /** How many of those that a redrive has acted on, since it was resumed, have died again, as far as it was looked at: some hundred letters a call. */
  diedAgain(hold: OperationHold): Promise<{ readonly diedAgain: number; readonly done: number }>;
}
