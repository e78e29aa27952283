import type { Times } from './times.js';

/** Multiples of an interval since the Unix epoch, so that all processes mean the same ones. */
export function intervalTimes(everyMs: number): Times {
  return { nextAfter: (ms) => (Math.floor(ms / everyMs) + 1) * everyMs };
}
