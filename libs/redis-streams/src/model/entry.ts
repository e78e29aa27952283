import type { TaskLife } from './tasks/task-life.js';

/**
 * One entry as Redis returns it: its id and its flat list of field names and values in turn.
 * Source: https://redis.io/docs/latest/commands/xrange/
 */
export interface RawEntry {
  readonly id: string;
  readonly fields: readonly string[];
}

/** A raw entry that this process now owns in a group, with the number of runs started on it, this one included. */
export interface OwnedEntry extends RawEntry {
  readonly deliveryCount: number;
  /** Of a task that was redriven, or is replayed. */
  readonly life?: TaskLife | undefined;
}

/** The headers of an entry without any. */
export const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** A decoded entry: the payload that handlers see and the headers beside it. */
export interface DecodedEntry<T = unknown> {
  readonly payload: T;
  readonly headers: Readonly<Record<string, string>>;
  /** Values of the library's own headers, by name without their prefix; most entries have none. */
  readonly reserved?: Readonly<Record<string, string>> | undefined;
}
