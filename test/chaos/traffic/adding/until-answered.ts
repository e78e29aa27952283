import { setTimeout as wait } from 'node:timers/promises';
import { AddRefusedError, RedisUnavailableError } from 'nestjs-redis-streams';

const AGAIN_MS = 100;

/**
 * Asks until Redis answers, for what may be asked twice.
 * @param unanswered is told of each attempt without an answer
 */
export async function untilAnswered<Answer>(
  ask: () => Promise<Answer>,
  unanswered: () => void = () => undefined,
): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RedisUnavailableError || error instanceof AddRefusedError)) throw error;
      unanswered();
      await wait(AGAIN_MS);
    }
  }
}
