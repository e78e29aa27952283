import type { RawEntry } from '../entry.js';
import type { GroupPause } from '../groups/group-pause.js';

/** All that an overview tells of a stream, at one moment. Times are epoch milliseconds by the server's clock. */
export interface StreamLook {
  readonly serverNow: number;
  readonly length: number;
  /** undefined when the stream does not exist. */
  readonly lastGeneratedId: string | undefined;
  /** Entries ever added, where the server counts them (7.0 and later). */
  readonly entriesAdded: number | undefined;
  /** Where that was asked for: entries that were added last, and within how many milliseconds. */
  readonly addedLately: { readonly count: number; readonly withinMs: number } | undefined;
  readonly deadLetters: number;
  readonly delayed: DelayedLook;
  /** Why the server refuses to write; undefined where it does not, or where this user may not write. */
  readonly writesRefused: string | undefined;
  /** Commands that this user may not use, so that what they tell is left out. */
  readonly notAllowed: readonly string[];
  readonly groups: readonly GroupLook[];
}

/** The tasks that wait for their time outside the stream. */
export interface DelayedLook {
  readonly count: number;
  /** Those whose time has come. */
  readonly due: number | undefined;
  readonly nextDueAt: number | undefined;
}

export interface GroupLook {
  readonly name: string;
  readonly lastDeliveredId: string;
  readonly pending: number;
  /** Entries ever delivered, where the server counts them and is sure. */
  readonly entriesRead: number | undefined;
  readonly oldestPendingId: string | undefined;
  /** Since when the pending one has been there that has been there for longest: since it was added, or was redriven or replayed. */
  readonly pendingSince: number | undefined;
  /** The first entry that was not delivered yet. */
  readonly firstWaitingId: string | undefined;
  readonly backlog: Backlog;
  /** Of the pending ones, those that wait for their retry. */
  readonly retryScheduled: number;
  /** Of these, those whose time has come. */
  readonly retryDue: number | undefined;
  readonly nextRetryAt: number | undefined;
  /** Entries that its workers have reported as finished; undefined for a group without workers of ours. */
  readonly finished: number | undefined;
  /** undefined where it is not paused. */
  readonly pause: GroupPause | undefined;
  readonly consumers: readonly ConsumerLook[];
}

/** How many entries were not delivered. Where `isExact` is false there are more. */
export interface Backlog {
  readonly count: number;
  readonly isExact: boolean;
}

export interface ConsumerLook {
  readonly name: string;
  readonly pending: number;
  /** Since it last spoke to Redis about the group; undefined where it was never given an entry. */
  readonly idleMs: number | undefined;
  /** As a worker of ours says. */
  readonly slots: number | undefined;
  /** How many of them stuck runs hold. */
  readonly stuck: number;
  /** Until when its word that it is there counts. */
  readonly presentUntil: number | undefined;
  /** Whether it has heard that the group is paused. */
  readonly hasHeard: boolean;
}

/** In bytes. */
export interface MemoryLook {
  readonly entries: number;
  readonly deadLetters: number;
  readonly delayed: number;
}

/** One step through the names of all streams. */
export interface NamesPage {
  /** As users name them; keys beside a stream are not among them. */
  readonly streams: readonly string[];
  /** Where to go on; undefined at the end. */
  readonly next: string | undefined;
  /** Keys that were looked at. */
  readonly scanned: number;
}

/**
 * Read-only questions about streams. Each is answered or rejected in time: with a RedisUnavailableError where there is no
 * answer, with a RedisFailure where Redis answers with an error.
 */
export interface Queries {
  /** @param wantsLately whether to tell what was added lately, too */
  look(stream: string, wantsLately: boolean): Promise<StreamLook>;
  /** What a stream and what lies beside it takes. */
  memory(stream: string): Promise<MemoryLook>;
  /** How many entries come after an id, up to another, which counts. */
  between(stream: string, after: string, upTo: string): Promise<Backlog>;
  /** Entries from `from` to `to` (inclusive), oldest first, at most `count`. */
  range(stream: string, from: string, to: string, count: number): Promise<RawEntry[]>;
  /** The same of a stream's dead letters. */
  deadLetterRange(stream: string, from: string, to: string, count: number): Promise<RawEntry[]>;
  /** Streams on the server. @param from what an earlier page says, or undefined to begin */
  names(from: string | undefined): Promise<NamesPage>;
  /** Streams that have schedules made at run time. */
  scheduledStreams(): Promise<readonly string[]>;
}
