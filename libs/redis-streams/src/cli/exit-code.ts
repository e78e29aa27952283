/** What the process ends with. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** Wrong use, or a confirmation that is missing. */
  usage: 2,
  /** `doctor`, or a threshold of `stats`, found something: to look at, */
  warning: 3,
  /** or to act on. */
  critical: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command was used wrongly, or is not confirmed: its message says what to write instead. */
export class UsageError extends Error {}

/** What was asked for cannot be done: its message says why. */
export class CommandFailedError extends Error {}

/** Ctrl-C. Its message says what was done, where something was. */
export class InterruptedError extends Error {}
