import type { Log } from '../model/log.js';

/** Warnings and errors to stderr, and nothing else: stdout is for what a script prints. */
export const consoleLog: Log = {
  debug: () => undefined,
  log: () => undefined,
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};
