import type { AddOutcome } from '../errors/add-bulk-error.js';

/** An entry to be. */
export interface AppendCommand {
  /** Names and values in turn. */
  readonly fields: readonly string[];
  readonly maxLen: number | undefined;
  /** How many replicas must have it, too. */
  readonly minReplicas: number;
}

/** Appends entries to streams, and never sends one twice. */
export interface Appender {
  /**
   * @returns the entry's id
   * @throws RedisUnavailableError when nothing was sent, AddOutcomeUnknownError when it was and no answer came,
   *   AddRefusedError when Redis answered with an error, NotReplicatedError when too few replicas confirmed it in time
   */
  append(stream: string, command: AppendCommand): Promise<string>;
  /** Appends in order. Never rejects: each entry has an outcome of its own. */
  appendAll(stream: string, commands: readonly AppendCommand[]): Promise<AddOutcome[]>;
}

/** Knows whether entries can be appended now. */
export interface AppendProbe {
  /**
   * Finds out whether the like of what failed last would pass now, and without a failure whether Redis answers; appends nothing.
   * Never rejects.
   * @param timeoutMs how long it may take
   * @returns why appending fails, in one line; undefined when it passes
   */
  obstacle(timeoutMs: number): Promise<string | undefined>;
}
