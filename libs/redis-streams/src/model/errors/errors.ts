/** An option, name or payload that cannot be used; the message says what was expected, what came and how to fix it. */
export class RedisStreamsConfigError extends Error {
  override readonly name = 'RedisStreamsConfigError';
}

/** A payload or header that has no faithful form on the wire. Thrown by `add`; nothing was written. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
}

/** An entry whose fields cannot be turned back into a payload. It goes to the dead letter without a run. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** A payload of more than `maxPayloadBytes`. Thrown by `add`; nothing was written. */
export class PayloadTooLargeError extends Error {
  override readonly name = 'PayloadTooLargeError';

  constructor(
    readonly bytes: number,
    readonly maxPayloadBytes: number,
  ) {
    super(
      `The entry has ${bytes} bytes, more than maxPayloadBytes (${maxPayloadBytes}). Store the large part elsewhere and add a ` +
        'reference to it, or raise maxPayloadBytes.',
    );
  }
}

/**
 * Redis cannot be reached, or does not let us in, so that nothing was sent; or a question of `StreamMonitor` was not answered in
 * time, which changes nothing. Safe to try again. Also what the bootstrap of an app fails with that cannot consume for
 * Redis: it does not answer within `startupTimeoutMs`, or refuses the password, the database or a stream. The message says
 * what to do, the `cause` is Redis's own error.
 */
export class RedisUnavailableError extends Error {
  override readonly name: string = 'RedisUnavailableError';
}

/**
 * An `add` with `minReplicas` whose entry is in the stream, but was not confirmed by so many replicas in time: a failover
 * now could lose it. It will be handled; adding it again makes a second entry.
 */
export class NotReplicatedError extends Error {
  override readonly name = 'NotReplicatedError';

  constructor(
    readonly entryId: string,
    readonly replicas: number,
    readonly minReplicas: number,
    options?: ErrorOptions,
  ) {
    super(
      `The entry ${entryId} was added, but ${replicas} replica(s) confirmed it in time, of ${minReplicas} asked for. A failover ` +
        'now could lose it; adding it again would make a second entry.',
      options,
    );
  }
}

/** Redis answered an `add` with an error, such as OOM or WRONGTYPE: nothing was written. The reply is the `cause`. */
export class AddRefusedError extends Error {
  override readonly name = 'AddRefusedError';
}

/**
 * An `add` whose answer never came: it was sent, and the entry may or may not exist. A plain one is never sent again by this
 * library, because a repeated XADD is a second entry; repeat it yourself only if the task may run twice. One with `delayMs`, `runAt`
 * or `idempotency` was sent again until its time was over; with the same key it may be repeated.
 */
export class AddOutcomeUnknownError extends RedisUnavailableError {
  override readonly name = 'AddOutcomeUnknownError';
}

/** An `add` whose idempotency key another task has, one with another payload: nothing was written. */
export class IdempotencyConflictError extends Error {
  override readonly name = 'IdempotencyConflictError';

  constructor(
    readonly key: string,
    /** The task that has the key. */
    readonly taskId: string,
  ) {
    super(
      `The idempotency key ${JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}…` : key)} belongs to the task ${taskId}, whose payload is another. Give each ` +
        'piece of work a key of its own.',
    );
  }
}

/**
 * Throw this from a handler to end the task's retries: the entry goes to the dead letter at once, whatever its
 * delivery count. Counts as a delivery.
 */
export class UnrecoverableError extends Error {
  override readonly name = 'UnrecoverableError';
}

/**
 * Throw this from a handler to run the task again later without counting the run against `maxDeliveries`, as for a
 * rate limit or a model that is still loading. Bounded by `retry.maxAgeMs`, where that is set.
 */
export class RetryLaterError extends Error {
  override readonly name = 'RetryLaterError';

  /**
   * @param delayMs milliseconds until the next run, 0 or more, at most 30 days
   * @throws RangeError when `delayMs` is not such a number
   */
  constructor(
    readonly delayMs: number,
    message = `try again in ${delayMs} ms`,
    options?: ErrorOptions,
  ) {
    super(message, options);
    if (!Number.isFinite(delayMs) || delayMs < 0 || delayMs > 30 * 24 * 3_600_000) {
      throw new RangeError(`RetryLaterError takes 0 to 2592000000 ms (30 days), got ${delayMs}.`);
    }
  }
}

/** What a delivery fails with when its handler did not end within `timeoutMs` and `abortGraceMs`. */
export class HandlerTimeoutError extends Error {
  override readonly name = 'HandlerTimeoutError';
}

/** The reason of a delivery's `AbortSignal` when another consumer owns the entry now: what this run does is in vain. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** The reason of a delivery's `AbortSignal` when the app stops and its drain time is over. */
export class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
}

/**
 * Whatever was thrown, as an Error that can be read: a string, `undefined`, a plain object, or an Error whose getters throw
 * become one that says so. Never throws.
 * @param thrower how the message names who threw it
 */
export function toError(thrown: unknown, thrower = 'The handler'): Error {
  try {
    if (thrown instanceof Error && isReadable(thrown)) return thrown;
    if (typeof thrown === 'string') return new Error(thrown);
    return new Error(`${thrower} threw ${describe(thrown)}.`, { cause: thrown });
  } catch {
    return new Error(`${thrower} threw something that cannot be read.`, { cause: thrown });
  }
}

function isReadable({ name, message, stack }: Error): boolean {
  return [name, message, stack ?? ''].every((property) => typeof property === 'string');
}

function describe(thrown: unknown): string {
  if (thrown === null || typeof thrown !== 'object') return `${String(thrown)}, which is no Error`;
  const { message } = thrown as { message?: unknown };
  if (typeof message === 'string') return `an object with the message '${message}', which is no Error`;
  return `an object of the class ${thrown.constructor?.name}, which is no Error`;
}
