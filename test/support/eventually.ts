import { setTimeout as wait } from 'node:timers/promises';

/**
 * Waits until the check passes: returns what it returns once that is neither undefined nor false and it does not throw.
 * Fails with the last error at the deadline.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  withinMs = 10_000,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + withinMs;
  let lastError: unknown = new Error('the check never passed');
  for (;;) {
    try {
      const result = await check();
      if (result !== undefined && result !== null && result !== false)
        return result as Exclude<T, false | null | undefined>;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline)
      throw new Error(`Not within ${withinMs} ms: ${String(lastError)}`, { cause: lastError });
    await wait(10);
  }
}
