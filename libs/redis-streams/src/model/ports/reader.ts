import type { RawEntry } from '../entry.js';

/**
 * Reads a group's new entries for one consumer. It does not heal by itself: a read on a broken connection rejects with a
 * `RedisFailure`, and the next `connect` opens another one. `connect` and `read` always settle in time.
 */
export interface Reader {
  readonly isConnected: boolean;
  /** Opens a connection in place of the last one. */
  connect(): Promise<void>;
  /**
   * Reads up to `count` entries that no consumer of the group has got yet.
   * @param blockMs how long to wait for the first one; 0 does not wait
   */
  read(count: number, blockMs: number): Promise<readonly RawEntry[]>;
  /** Ends a blocked read at once; it returns nothing, and nothing is lost. Without effect while none is under way. */
  wake(): void;
  /** Breaks the connection off; what is under way rejects. */
  disconnect(): void;
  /** The server refused to read, for this reason: the next connection looks for the one that does not, where there may be one. */
  leave(because: 'read-only' | 'elsewhere'): void;
  /** Ends the reader for good. */
  close(): void;
}
