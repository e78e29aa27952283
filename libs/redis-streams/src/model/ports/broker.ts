import type { Group } from './group.js';
import type { Reader } from './reader.js';
import type { RedisFailure } from './redis-failure.js';

/** One consumer of one group of a stream. */
export interface Member {
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
}

/** A member whose leases are kept by a thread while the main thread is blocked. */
export interface WatchedMember extends Member {
  readonly leaseMs: number;
  /** A main thread that has been blocked for longer is not coming back: others may have its entries. */
  readonly longestBlockMs: number;
}

/** All that the engine asks of Redis. */
export interface Broker {
  /** Where it is, for messages. */
  readonly place: string;
  /** Whether the connection for settlement, leases and claims can be used now. */
  readonly isReady: boolean;
  /** Why it cannot, as far as is known. */
  readonly trouble: RedisFailure | undefined;
  /** Resolves when it answers; only then is anything else worth asking. Rejects when the connection is closed. */
  answers(): Promise<void>;
  /** Calls back whenever the connection is there again. @returns what ends that */
  onReady(listener: () => void): () => void;
  group(member: Member): Group;
  reader(member: Member): Reader;
  /** Which of several ways the server allows, for the log. */
  describePaths(stream: string): Promise<string>;
  /**
   * Keeps leases from a thread of its own until it is stopped.
   * @param onEnd told when the thread ends by itself
   * @throws RedisStreamsConfigError when the connection cannot be handed to a thread
   */
  keepLeases(members: readonly WatchedMember[], onEnd: (error: Error) => void): LeaseKeeping;
}

export interface LeaseKeeping {
  /** Resolves when leases are kept from now on, or when the thread has ended. Never rejects. */
  readonly ready: Promise<void>;
  stop(): void;
}
