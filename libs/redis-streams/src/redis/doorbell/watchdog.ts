import type { Redis } from 'ioredis';
import { Periodic } from '../../timing/periodic.js';

/** A connection that only hears is silent by nature. One that leaves a question unanswered until the next one is dead. */
const ASK_EVERY_MS = 5_000;

/**
 * Tells of a connection that does not get ready, or answers no longer, whatever becomes of the client's own promises: within ten
 * seconds. Stop it with the connection.
 */
export function watchdogOf(client: Pick<Redis, 'ping' | 'status'>, lose: (reason: Error) => void): Periodic {
  let hasAnswered = true;
  const watchdog = new Periodic(
    () => ASK_EVERY_MS,
    () => {
      const isReady = client.status === 'ready';
      if (!isReady || !hasAnswered) return lose(new Error(`No ${isReady ? 'answer' : 'connection'} in time.`));
      hasAnswered = false;
      client.ping().then(() => (hasAnswered = true), lose);
    },
  );
  watchdog.start();
  return watchdog;
}
