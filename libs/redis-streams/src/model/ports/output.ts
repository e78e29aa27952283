import type { Ownership } from './settlement.js';

/** A run's entry in a flush. */
export interface OutputFlush extends Ownership {
  /** The run, as `openRun` numbered it. */
  readonly run: string;
  /** Position of the first of these entries within the run: 1, 2, … */
  readonly from: number;
  /** Kind and value in turn: see `wire/output`. */
  readonly entries: readonly string[];
}

export interface OpenRunCommand extends Ownership {
  /** How long the output is kept while the task runs, in milliseconds. */
  readonly ttlMs: number;
}

export interface OutputReply {
  /** Ids of runs that may write no more: another consumer has the entry, or a newer run has begun. */
  readonly lost: ReadonlySet<string>;
  /** Ids that somebody watches. */
  readonly watched: ReadonlySet<string>;
}

/** What runs write while they go on. Each is fenced: who does not hold the entry at this delivery count writes nothing. */
export interface RunOutput {
  /** Numbers runs, so that what they write comes after that of all earlier ones. @returns the runs by entry id; those that are lost are missing */
  openRuns(commands: readonly OpenRunCommand[]): Promise<ReadonlyMap<string, string>>;
  /** Appends each entry exactly once, however often it is sent. */
  appendOutput(flushes: readonly OutputFlush[], ttlMs: number): Promise<OutputReply>;
  /** Keeps the last word of each run's progress (JSON). */
  keepProgress(items: readonly (Ownership & { readonly value: string })[]): Promise<OutputReply>;
}
