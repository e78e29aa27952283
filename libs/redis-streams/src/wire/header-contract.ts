import { EncodeError } from '../model/errors/errors.js';

/**
 * The header contract: every field whose name starts with `~` is a header, all others are payload. docs/headers.md is
 * the page for users; these constants are the only place in code that spells the names.
 */
export const HEADER_PREFIX = '~';

/** `~json:<key>,<key>`, value empty: the named payload fields are JSON. The list is in the *name*, which streams compress. */
export const JSON_FIELDS_HEADER = '~json:';

/** The whole payload as one JSON value: arrays, strings, numbers, null, and whatever the `json` codec wrote. */
export const PAYLOAD_HEADER = '~payload';

/** What the dead letter adds to the original fields. */
export const DEAD_LETTER_HEADERS = {
  reason: '~dead-reason',
  error: '~dead-error',
  stack: '~dead-stack',
  stream: '~dead-stream',
  group: '~dead-group',
  entryId: '~dead-id',
  deliveries: '~dead-deliveries',
  at: '~dead-at',
  /** The W3C trace context of the run that it died of, where that was traced. */
  traceparent: '~dead-traceparent',
  /** Of a task that had more than one life: see `wire/tasks/life`. */
  life: '~dead-life',
  /** Holds all original fields as one JSON array, where they are too many for one script call. */
  wideFields: '~dead-fields',
} as const;

/**
 * Headers of the library's own, whose names no user's header can have. Handlers do not see them.
 */
export const RESERVED_PREFIX = '~.';
export const RESERVED_HEADERS = {
  /** From when on it is not run any more: epoch milliseconds by Redis's clock, or `+` and milliseconds after the entry's own id. */
  deadline: 'deadline',
  /**
   * Somebody waits for the result: it is kept, whatever the handler's options say. Its value is the process that is rung when the task
   * has ended (see `tasks/waiter`), or empty.
   */
  keep: 'keep',
  /** The own id of a task that was delayed: what `add` returned. */
  task: 'task',
  /** Which task has forwarded it: see `wire/tasks/chains/origin`, which has these three. */
  from: 'from',
  /** The task that its chain began with. */
  corr: 'corr',
  /** How many tasks are before it in its chain. */
  hops: 'hops',
  /** The idempotency key that it was added with: see `wire/key-header`. */
  key: 'key',
  /** The schedule that made it, and of which tick: see `wire/tasks/tick`. */
  tick: 'tick',
  /** Of a copy of a task, what is known of its earlier lives: see `wire/tasks/life`. */
  life: 'life',
} as const;

/** Whether a field is no part of the payload. */
export function isHeaderField(name: string): boolean {
  return name.startsWith(HEADER_PREFIX) && name !== PAYLOAD_HEADER && !name.startsWith(JSON_FIELDS_HEADER);
}

const USER_HEADER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * The field name of a user's header.
 * @throws EncodeError when the name is not plain or belongs to the library
 */
export function headerField(name: string): string {
  if (!USER_HEADER.test(name)) {
    throw new EncodeError(
      `Header names are 1 to 128 of A-Z a-z 0-9 . _ - and start with a letter or digit, got ${JSON.stringify(name)}.`,
    );
  }
  if (name === 'payload' || name.startsWith('dead-')) {
    throw new EncodeError(`The header '${name}' is the library's own; choose another name.`);
  }
  return HEADER_PREFIX + name;
}
