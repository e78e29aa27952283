import type { AddOutcome } from '../errors/add-bulk-error.js';

/** A task that waits outside its stream until it is due. */
export interface DelayedTask {
  /** Made by the producer, so that an add which is sent again is known. */
  readonly taskId: string;
  /** When it enters the stream: `+<ms>` after it was accepted, or epoch milliseconds; either by the server's clock. */
  readonly due: string;
}

/** An idempotency key that a task is to have; where another has it, that one is the task. */
export interface KeyClaim {
  readonly name: string;
  /** Tells whether that other one has the same payload. */
  readonly fingerprint: string;
  /** How long it answers with this task, from when that is due; in milliseconds. */
  readonly ttlMs: number;
}

/** What an add does beyond appending an entry: all of it in one step, which bears to be repeated. */
export interface Admission {
  readonly delay: DelayedTask | undefined;
  readonly key: KeyClaim | undefined;
  /** How long it is repeated at most, in milliseconds; undefined: as long as any add may take. */
  readonly waitMs: number | undefined;
}

/** An entry to be. */
export interface AppendCommand {
  /** Names and values in turn. */
  readonly fields: readonly string[];
  readonly maxLen: number | undefined;
  /** How many replicas must have it, too; 0 where there is an admission. */
  readonly minReplicas: number;
  /** undefined for a plain add. */
  readonly admission?: Admission | undefined;
}

/**
 * Appends entries to streams, and never sends one twice, unless it has an admission: then it is sent again until Redis has answered or its time
 * is over, and is there once.
 */
export interface Appender {
  /**
   * @returns the task's id: the entry's, or its own where it is delayed; that of the first task where it has a key that another has
   * @throws RedisUnavailableError when nothing was sent, AddOutcomeUnknownError when it was and no answer came,
   *   IdempotencyConflictError when the first task of its key has another payload, AddRefusedError when Redis answered with an error, NotReplicatedError when too few replicas confirmed it in time
   */
  append(stream: string, command: AppendCommand): Promise<string>;
  /** Appends in order; either all have an admission or none. Never rejects: each entry has an outcome of its own. */
  appendAll(stream: string, commands: readonly AppendCommand[]): Promise<AddOutcome[]>;
}

/** Knows whether entries can be appended now. */
export interface AppendProbe {
  /**
   * Finds out whether the like of what failed last would pass now, and without a failure whether Redis answers; appends nothing.
   * Never rejects.
   * @param timeoutMs how long it may take
   * @param wantsForesight whether to find out without a failure, too, if Redis refuses to write where this process has added before
   * @returns why appending fails, in one line; undefined when it passes
   */
  obstacle(timeoutMs: number, wantsForesight?: boolean): Promise<string | undefined>;
}
