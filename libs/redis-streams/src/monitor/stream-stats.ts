/** What `StreamMonitor.stats` tells of a stream. */
export interface StreamStats {
  readonly stream: string;
  /** Entries in the stream, completed ones that are kept as history included. */
  readonly entries: number;
  readonly lastEntryId: string | undefined;
  /** Entries in `{stream}:dead`. */
  readonly deadLetters: number;
  readonly groups: readonly GroupStats[];
}

export interface GroupStats {
  readonly group: string;
  /** Entries not delivered to any worker yet. Not exact: there are at least so many. */
  readonly backlog: { readonly count: number; readonly isExact: boolean };
  /** Delivered and not settled: running, waiting for a retry, or left behind by a dead worker. */
  readonly pending: number;
  /** Of the pending ones, those that wait for their retry. */
  readonly parked: number;
  /** Age of the oldest pending entry since it was added, in milliseconds. */
  readonly oldestPendingAgeMs: number | undefined;
  readonly consumers: readonly ConsumerStats[];
}

export interface ConsumerStats {
  readonly consumer: string;
  readonly pending: number;
  /** Milliseconds since it last spoke to Redis about the group. */
  readonly idleMs: number;
}
