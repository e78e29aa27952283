/** Milliseconds since 1970 with a fraction: comparable between the processes of one host, and it never steps. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
