import { Cron } from 'croner';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { Times } from './times.js';

const SECOND_MS = 1_000;

/**
 * The instants of a cron pattern in a time zone. A fixed time that a clock change leaves out ticks right after the gap; one that it
 * repeats ticks once; wildcards and intervals tick through both passes of a repeated hour.
 *
 * @param where what the error's message begins with
 * @throws RedisStreamsConfigError for what is no pattern of 5 or 6 fields or no time zone, and for a pattern that never ticks
 * @see https://croner.56k.guru for the patterns
 */
export function cronTimes(pattern: string, timeZone: string, where: string): Times {
  assertTimeZone(timeZone, where);
  const cron = parsed(pattern, timeZone, where);
  const times: Times = { nextAfter: (ms) => nextAfter(cron, ms) };
  if (times.nextAfter(Date.now()) === undefined)
    throw new RedisStreamsConfigError(`${where}: the pattern '${pattern}' never ticks. Check day and month.`);
  return times;
}

function parsed(pattern: string, timezone: string, where: string): Cron {
  try {
    // Paused and without a callback it has no timer. By its own rule a list such as '30 2,14 * * *' would be no fixed time.
    return new Cron(pattern, { timezone, paused: true, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });
  } catch (cause) {
    const why = (cause as Error).message.replace(/^CronPattern: /, '');
    throw new RedisStreamsConfigError(
      `${where}: '${pattern}' is no cron pattern of 5 fields, or 6 with seconds first (${why}).`,
      { cause },
    );
  }
}

/** Earlier versions of croner could answer with an instant before the one asked about: it is asked about later ones then. */
function nextAfter(cron: Cron, ms: number): number | undefined {
  for (let from = ms; ; from += SECOND_MS) {
    const next = cron.nextRun(new Date(from))?.getTime();
    if (next === undefined || next > ms) return next;
  }
}

function assertTimeZone(timeZone: string, where: string): void {
  try {
    Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new RedisStreamsConfigError(
      `${where}: '${timeZone}' is no time zone that this Node.js knows. Give one such as 'Europe/Berlin' or 'UTC'.`,
      { cause },
    );
  }
}
