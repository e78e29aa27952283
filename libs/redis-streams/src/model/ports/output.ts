import type { Ownership } from './settlement.js';

/** A run that is to write, and for how long what was written is kept while it goes on, in milliseconds. */
export interface OpenRunCommand extends Ownership {
  readonly ttlMs: number;
}

/** What one run appends. */
export interface OutputFlush extends Ownership {
  /** The run, as `openRuns` numbered it. */
  readonly run: string;
  /** Position of the first of these entries within the run: 1, 2, … */
  readonly from: number;
  /** Kind and value in turn: see `wire/tasks/output`. */
  readonly entries: readonly string[];
}

/** A run's progress (JSON). */
export interface ProgressNote extends Ownership {
  readonly value: string;
}

/** Something that a task does once, by its name. */
export interface OnceQuestion {
  readonly entryId: string;
  readonly name: string;
}

/** What came of it (JSON, or empty for undefined). */
export interface OnceNote extends Ownership, OnceQuestion {
  readonly value: string;
}

export interface OutputReply {
  /** Ids of runs that may write no more: another consumer has the entry, or a newer run has begun. */
  readonly lost: ReadonlySet<string>;
  /** Ids that somebody watches. */
  readonly watched: ReadonlySet<string>;
}

/** What runs write while they go on. Each is fenced: who does not hold the entry at this delivery count writes nothing. */
export interface RunOutput {
  /**
   * Numbers runs, so that what they write comes after that of all earlier ones; asked twice, a run that has written nothing keeps its
   * number. @returns the runs by entry id; those that are lost are missing
   */
  openRuns(commands: readonly OpenRunCommand[]): Promise<ReadonlyMap<string, string>>;
  /** Appends each entry exactly once, however often it is sent. @param ttlMs as of `OpenRunCommand` */
  appendOutput(flushes: readonly OutputFlush[], ttlMs: number): Promise<OutputReply>;
  /** Keeps the last word of each run's progress in the task's record. */
  keepProgress(notes: readonly ProgressNote[]): Promise<OutputReply>;
  /** What came of something that the task has done; undefined where it has not. */
  readOnce(question: OnceQuestion): Promise<string | undefined>;
  /** @returns whether it is kept */
  keepOnce(note: OnceNote): Promise<boolean>;
}
