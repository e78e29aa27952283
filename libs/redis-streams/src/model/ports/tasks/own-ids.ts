import type { CancelCommand, CancelOutcome, Ear, TaskKey } from './task-store.js';

/** What there is of a task by its own id, at one moment. */
export interface OwnPlace {
  /** Epoch milliseconds, by the server's clock. */
  readonly serverNow: number;
  /** When it is due, by the same clock; undefined where it does not wait any more. */
  readonly dueAt: number | undefined;
  /** What its header says of when it expires, while it waits. */
  readonly deadline: string | undefined;
  /** What has become of it: the entry that it is, or how it ended before it was one. undefined where nothing is known. */
  readonly record: Readonly<Record<string, string>> | undefined;
}

/** An answer about a task that waits for its time; or the entry that it is by now, which is to be asked about instead. */
export type OwnAnswer<Outcome> = { readonly outcome: Outcome } | { readonly entryId: string };

/** What a request for another time has brought about. */
export type MoveOutcome = 'moved' | 'finished' | 'unknown';

export interface MoveCommand extends TaskKey {
  /** `+` and milliseconds from now, or epoch milliseconds; either by the server's clock. */
  readonly due: string;
}

/** A delayed task in the order of due times; of those that are due together, in that of ids. */
export interface DelayedPlace {
  readonly id: string;
  readonly dueAt: number;
}

export interface DelayedPage {
  /** The page begins behind it. */
  readonly after: DelayedPlace;
  readonly count: number;
}

/** Tasks with an id of their own: they were delayed, or still are. Each call is answered or rejected in time, and bears to be repeated. */
export interface OwnIds {
  /** @param ear is told of the next news while the task waits for its time */
  place(task: TaskKey, ear?: Ear): Promise<OwnPlace>;
  /** @throws RedisStreamsConfigError for a task that waits, where only some groups of its stream are meant */
  cancel(command: CancelCommand): Promise<OwnAnswer<CancelOutcome>>;
  /** Gives a task that waits another time; where that has come, the task enters its stream. */
  move(command: MoveCommand): Promise<OwnAnswer<MoveOutcome>>;
  /** The same of the retry of an entry in a group. @returns whether one is scheduled */
  moveRetry(command: MoveCommand): Promise<boolean>;
  /** A page of those that wait, the next one first. */
  list(stream: string, page: DelayedPage): Promise<DelayedPlace[]>;
}
