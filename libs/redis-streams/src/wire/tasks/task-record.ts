/**
 * The fields of a task's record, `{stream}:<group>:task:<id>`: a hash that is written only where there is more to know of a task than
 * its entry and its group tell. Times are epoch milliseconds by Redis's clock.
 */
export const TASK_RECORD = {
  /** `completed`, `dead-lettered`, `cancelled` or `expired`; missing until it has ended. */
  state: 'state',
  /** When it ended. */
  endedAt: 'at',
  /** JSON of what the handler returned. */
  result: 'result',
  /** The error of the last run that failed. */
  error: 'error',
  /** Of a dead letter: why; of a scheduled retry: its cause (`failure`, `postponed`, `shutdown`). */
  reason: 'reason',
  deadLetterId: 'dead',
  /** What the field begins with that has what came of something done once; its name follows. JSON, or empty for undefined. */
  once: 'once:',
  /** JSON of the last progress. */
  progress: 'progress',
  /** When somebody asked to cancel it, and why. */
  cancelAt: 'cancel',
  cancelReason: 'cancel-reason',
  /** JSON array of the entry's fields, where the entry was deleted by the cancel. */
  fields: 'fields',
  /** Of a task that was delayed, in the record of its own id: the entry that it has become. */
  entry: 'entry',
} as const;

/** How long records are kept that tell of what did not go well, in milliseconds: 7 days. An older task without one is `finished`. */
export const RECORD_TTL_MS = 7 * 24 * 3_600_000;
/** The same of what is only said meanwhile: 1 day. */
export const PASSING_RECORD_TTL_MS = 24 * 3_600_000;
