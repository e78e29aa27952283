/** A task in one group. */
export interface TaskKey {
  readonly stream: string;
  readonly group: string;
  readonly id: string;
}

/** Who is to be told of news about a task. */
export interface Ear {
  /** The process's doorbell. */
  readonly address: string;
  /** For how long, in milliseconds. */
  readonly forMs: number;
}

/** All that Redis has about a task in one group, at one moment. */
export interface TaskLook {
  /** Epoch milliseconds, by the server's clock. */
  readonly serverNow: number;
  /** The task's record, by field; undefined where there is none. See `wire/tasks/task-record`. */
  readonly record: Readonly<Record<string, string>> | undefined;
  /** The groups of the stream; empty where there is no stream. */
  readonly groups: readonly string[];
  /** Of the group; undefined where it does not exist. */
  readonly lastDelivered: string | undefined;
  readonly pending: { readonly consumer: string; readonly idleMs: number; readonly deliveryCount: number } | undefined;
  /** When its retry is due, by the server's clock. */
  readonly retryAt: number | undefined;
  /** The entry, where it is still in the stream: the values of its reserved headers, by name (see `RESERVED_HEADERS`). */
  readonly reserved: Readonly<Record<string, string>> | undefined;
  /**
   * Told where the entry is not there: the first entry that is still there, and the last one there ever was. undefined where there is
   * none, or no stream.
   */
  readonly first: string | undefined;
  readonly last: string | undefined;
}

/** One entry of a task's output. */
export interface OutputEntry {
  /** `<run>-<n>`. */
  readonly id: string;
  /** See `wire/tasks/output`. */
  readonly kind: string;
  readonly value: string;
}

export interface OutputPage {
  readonly look: TaskLook;
  readonly entries: readonly OutputEntry[];
  /** Whether there are more than asked for. */
  readonly isMore: boolean;
}

/** What a request to cancel has brought about, over all groups that it was for. */
export type CancelOutcome = 'cancelled' | 'requested' | 'finished' | 'unknown';

export interface CancelCommand {
  readonly stream: string;
  readonly id: string;
  /** undefined: all groups of the stream. */
  readonly group: string | undefined;
  readonly reason: string | undefined;
}

/**
 * Questions and requests about single tasks. Each is answered or rejected in time, as `Queries` are; all of them bear to be
 * repeated.
 */
export interface TaskStore {
  /** @param ear is told of the next news, if it has not ended yet */
  look(task: TaskKey, ear?: Ear): Promise<TaskLook>;
  /** The same, with the output after a cursor, at most `count` entries. */
  output(task: TaskKey, after: string, count: number, ear?: Ear): Promise<OutputPage>;
  /** Ears that nobody listens with any more. */
  forget(task: TaskKey, address: string): Promise<void>;
  cancel(command: CancelCommand): Promise<CancelOutcome>;
}
