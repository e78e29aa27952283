/** What the removal of a group takes away, or would. */
export interface GroupRemoval {
  readonly stream: string;
  readonly group: string;
  /** false for a dry run. */
  readonly isRemoved: boolean;
  /** Entries that were delivered and are not settled. */
  readonly pending: number;
  /** Whether there are entries that the group has not been given yet. */
  readonly hasBacklog: boolean;
  /** Consumers that are there, or were heard of a short while ago. */
  readonly alive: readonly string[];
  /** Why it is refused, in words; empty where nothing speaks against it. `force` overrides all but workers that are there. */
  readonly objections: readonly string[];
}

/** What the removal of a consumer does, or would do. */
export interface ConsumerRemoval {
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  /** false for a dry run. */
  readonly isRemoved: boolean;
  /** Its pending entries, which others run at once. */
  readonly handedOver: number;
  /** Milliseconds since it was heard of; undefined where it was never given an entry. */
  readonly idleMs: number | undefined;
  /** Why it is refused, in words; `force` overrides it. */
  readonly objections: readonly string[];
}
