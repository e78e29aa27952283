import type { RawEntry } from '../entry.js';
import type { GroupPause } from '../group-pause.js';

export interface StreamInfo {
  readonly length: number;
  readonly lastGeneratedId: string;
}

export interface GroupInfo {
  readonly name: string;
  readonly lastDeliveredId: string;
  readonly pending: number;
  /** Entries not delivered yet, where the server counts them and is sure. */
  readonly lag: number | undefined;
}

export interface PendingInfo {
  readonly oldestId: string | undefined;
  /** Of the pending ones, those that wait for their retry. */
  readonly retryScheduled: number;
}

export interface ConsumerInfo {
  readonly name: string;
  readonly pending: number;
  readonly idleMs: number;
}

export interface DelayedInfo {
  readonly count: number;
  /** When the next one is due, in epoch milliseconds by the server's clock; undefined where there is none. */
  readonly nextDueAt: number | undefined;
}

/** What is due in a group at this moment, and who is there; undefined for what this user of Redis may not count. */
export interface DueInfo {
  /** Epoch milliseconds. */
  readonly serverNow: number;
  readonly retries: number | undefined;
  /** Delayed tasks of the stream, that are to enter it. */
  readonly delayed: number | undefined;
  readonly workers: number | undefined;
  readonly isPaused?: boolean | undefined;
}

/** Where `isExact` is false there are more. */
export interface Backlog {
  readonly count: number;
  readonly isExact: boolean;
}

/**
 * Read-only questions about streams. Each is answered or rejected in time: with a RedisUnavailableError where there is no
 * answer, with a RedisFailure where Redis answers with an error.
 */
export interface Queries {
  /** The names of all streams, in no order: it looks at every key that there is. */
  streams(): Promise<string[]>;
  /** undefined when the stream does not exist. */
  stream(stream: string): Promise<StreamInfo | undefined>;
  groups(stream: string): Promise<GroupInfo[]>;
  /** Those that are workers. */
  consumers(stream: string, group: string): Promise<ConsumerInfo[]>;
  pending(stream: string, group: string): Promise<PendingInfo>;
  /** undefined where the group is not paused, or where this user may not know. */
  pause(stream: string, group: string): Promise<GroupPause | undefined>;
  /** How many entries come after an id. */
  backlog(stream: string, after: string): Promise<Backlog>;
  /** How many entries come after an id, up to another, which counts. */
  between(stream: string, after: string, upTo: string): Promise<Backlog>;
  /** The id of the first entry after another. */
  firstAfter(stream: string, id: string): Promise<string | undefined>;
  /** Entries from `from` to `to` (inclusive), oldest first, at most `count`. */
  range(stream: string, from: string, to: string, count: number): Promise<RawEntry[]>;
  /** The same of a stream's dead letters. */
  deadLetterRange(stream: string, from: string, to: string, count: number): Promise<RawEntry[]>;
  /** The tasks that wait for their time outside the stream. */
  delayed(stream: string): Promise<DelayedInfo>;
  due(stream: string, group: string): Promise<DueInfo>;
  /** What the stream takes in memory, about, in bytes; undefined where there is none, or Redis does not tell. */
  memory(stream: string): Promise<number | undefined>;
  /** How many dead letters there are. */
  deadLetters(stream: string): Promise<number>;
}
