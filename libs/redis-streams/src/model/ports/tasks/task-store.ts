import type { TaskLife } from '../../tasks/task-life.js';

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
  /** The entry that the task is, where it was asked about by its own id. */
  readonly entryId?: string;
  /** When it is due, by the server's clock, where it is delayed: then it is nowhere else. */
  readonly dueAt?: number | undefined;
  /** The task's record, by field; undefined where there is none. See `wire/tasks/task-record`. */
  readonly record: Readonly<Record<string, string>> | undefined;
  /** The groups of the stream; empty where there is no stream. */
  readonly groups: readonly string[];
  /** Of the group; undefined where it does not exist. */
  readonly lastDelivered: string | undefined;
  readonly pending: { readonly consumer: string; readonly idleMs: number; readonly deliveryCount: number } | undefined;
  /** When its retry is due, by the server's clock. */
  readonly retryAt: number | undefined;
  /** Until when the group is paused, by the server's clock; Infinity: until it is resumed. undefined where it is not, or where that was not asked. */
  readonly pausedUntil?: number | undefined;
  /** Of one that is pending as it was redriven, or is replayed. */
  readonly life?: TaskLife | undefined;
  /** The entry, where it is still in the stream: the values of its reserved headers, by name (see `RESERVED_HEADERS`). */
  readonly reserved: Readonly<Record<string, string>> | undefined;
  /**
   * Told where the entry is not there: the first entry that is still there, and the last one there ever was. undefined where there is
   * none, or no stream.
   */
  readonly first: string | undefined;
  readonly last: string | undefined;
}

/** A look at a task of a chain. */
export interface ChainLook {
  readonly look: TaskLook;
  /** What it has forwarded, and when it was acked; undefined where it has forwarded nothing, or that is not known any more. */
  readonly next: Next | undefined;
}

/** What a task has forwarded. */
export interface Next {
  /** Epoch milliseconds, by the server's clock. */
  readonly endedAt: number;
  readonly tasks: readonly { readonly stream: string; readonly id: string }[];
}

/** One entry of a task's output. */
export interface OutputEntry {
  /** `<run>-<n>`. */
  readonly id: string;
  /** See `wire/tasks/output`. */
  readonly kind: string;
  readonly value: string;
}

/** What is asked of a task's output. */
export interface OutputQuestion {
  readonly task: TaskKey;
  /** The cursor that it begins after. */
  readonly after: string;
  /** How many entries at most. */
  readonly count: number;
  /** Whether all that there is of the task is to be told as well, also where its chunks go on. */
  readonly wantsLook: boolean;
}

export interface OutputPage {
  /** Told where it was asked for, and where there is nothing, or something else than chunks and progress. */
  readonly look: TaskLook | undefined;
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

export interface ScanCommand {
  readonly stream: string;
  readonly group: string;
  readonly state: 'waiting' | 'running' | 'retry-scheduled' | 'completed';
  /** The first id that counts. */
  readonly from: string;
  /** How many places are visited at most. */
  readonly count: number;
}

export interface TaskScan {
  readonly ids: readonly string[];
  /** Where to go on; undefined when that was all. */
  readonly next: string | undefined;
}

/** What a dead letter says of its task. */
export interface LetterOfTask {
  readonly letterId: string;
  readonly id: string;
  /** Empty where the letter does not say. */
  readonly reason: string;
  readonly error: string;
}

export interface LetterPage {
  readonly letters: readonly LetterOfTask[];
  /** Where to go on; undefined when that was all. */
  readonly next: string | undefined;
}

/**
 * Questions and requests about single tasks. Each is answered or rejected in time, as `Queries` are; all of them bear to be
 * repeated.
 */
export interface TaskStore {
  /** @param ear is told of the next news, if it has not ended yet */
  look(task: TaskKey, ear?: Ear): Promise<TaskLook>;
  /**
   * The record of a task that has ended, as far as its record tells; undefined where it does not, and then the ear is told of the next
   * news. It is less than a look, and costs less.
   */
  peek(task: TaskKey, ear: Ear): Promise<Readonly<Record<string, string>> | undefined>;
  /** @param ear is told of the next news, if it has not ended yet */
  output(question: OutputQuestion, ear?: Ear): Promise<OutputPage>;
  cancel(command: CancelCommand): Promise<CancelOutcome>;
  /** Tasks that may be in a state, in the order of their ids: which are, their looks tell. */
  scan(command: ScanCommand): Promise<TaskScan>;
  /** One look at each, all of one moment. */
  lookAll(stream: string, group: string, ids: readonly string[]): Promise<readonly TaskLook[]>;
  /** The dead letters of a group, oldest letter first. */
  letters(command: Omit<ScanCommand, 'state'>): Promise<LetterPage>;
  /** The same of tasks of chains: at most 100 of them. */
  lookAtChain(stream: string, group: string, ids: readonly string[]): Promise<readonly ChainLook[]>;
}
