import { setTimeout as wait } from 'node:timers/promises';
import { AddRefusedError, RedisUnavailableError } from 'nestjs-redis-streams';
import { now } from '../../clock.js';
import { REMINDERS } from '../kinds.js';
import type { SourceParts } from '../adding/sources.js';
import { untilAnswered } from '../adding/until-answered.js';

const LONGEST_MS = 30_000;
/** Some are due when the producers have ended. */
const AFTER_END_MS = 3_000;
/** Shares of all. */
const MOVED = 0.3;
const CANCELLED = 0.1;

/** Adds tasks that are due within half a minute; a third of them gets another time before, or a little after they are due, and some are cancelled. */
export function reminders({ producer, tasks, tell, random, ownNames, config }: SourceParts) {
  const mostFromNow = () => Math.max(0, Math.min(LONGEST_MS, config.endsAt + AFTER_END_MS - Date.now()));
  /** Most are due soon. */
  const anyDelay = () => Math.round(mostFromNow() * random() ** 2);

  const move = async (name: string, id: string) => {
    const isPromotion = random() < 0.5;
    const due = Date.now() + anyDelay();
    const ask = async () => {
      const sentAt = Date.now();
      const told = (answer?: string) =>
        tell({ kind: 'delayed', what: 'moved', name, at: now(), sentAt, due: isPromotion ? sentAt : due, answer });
      const asked = isPromotion ? tasks.promote(REMINDERS, id) : tasks.reschedule(REMINDERS, id, new Date(due));
      told(await asked.catch((error: unknown) => (told(), Promise.reject(error as Error))));
    };
    await untilAnswered(ask);
  };

  const cancel = async (name: string, id: string) => {
    const answer = await untilAnswered(() => tasks.cancel(REMINDERS, id));
    tell({ kind: 'delayed', what: 'cancelled', name, at: now(), answer });
  };

  return async (n: number): Promise<void> => {
    const name = `reminder-${ownNames}${n}`;
    const delayMs = anyDelay();
    const due = Date.now() + delayMs;
    let id: string;
    try {
      id = await producer.add(REMINDERS, { name }, n % 2 === 0 ? { delayMs } : { runAt: new Date(due) });
    } catch (error) {
      // Of what was not answered nothing is known: it may be there, once.
      if (error instanceof AddRefusedError) return tell({ kind: 'delayed', what: 'refused', name, at: now() });
      if (error instanceof RedisUnavailableError) return;
      throw error;
    }
    tell({ kind: 'delayed', what: 'added', name, id, at: now(), due });
    const later = () => wait(Math.min(delayMs * random() * 1.2, mostFromNow()));
    const isMoved = random() < MOVED;
    const isCancelled = random() < CANCELLED;
    await Promise.all([
      isMoved && later().then(() => move(name, id)),
      isCancelled && later().then(() => cancel(name, id)),
    ]);
  };
}
