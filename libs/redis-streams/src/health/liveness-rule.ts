import type { StuckRun, SubscriptionStatus } from '../engine/subscription-status.js';

const MOST_NAMED = 5;

/**
 * Why a restart of the process would help this loop, and nothing else would; undefined while that is not so. Never because of Redis:
 * what is wrong there is as wrong after a restart, a lost lease says nothing of the run that had it, and handlers that do not end while Redis is
 * away may be waiting for it.
 */
export function whyRestart(loop: SubscriptionStatus, stuckMs: number): string | undefined {
  const name = `${loop.stream} (${loop.group})`;
  if (loop.phase === 'stopped') return `${name}: its loop has ended, though nobody has stopped it`;
  const overdue = loop.stuck.filter((run) => overdueWhileAnswered(run, loop) >= stuckMs);
  if (overdue.length < loop.concurrency) return undefined;
  const seconds = Math.round(Math.max(...overdue.map((run) => run.overdueMs!)) / 1_000);
  const ids = overdue.slice(0, MOST_NAMED).map(({ entryId }) => entryId);
  return (
    `${name}: all ${overdue.length} slots are held by handlers that go on though they were told to end, ` +
    `one for ${seconds} s: ${ids.join(', ')}${overdue.length > MOST_NAMED ? ', …' : ''}`
  );
}

/** For how long a run has gone on though it was told to end, as far as Redis was there meanwhile. */
function overdueWhileAnswered({ overdueMs }: StuckRun, { sinceAnswerMs, answeredForMs }: SubscriptionStatus): number {
  return overdueMs === undefined ? 0 : Math.min(overdueMs - sinceAnswerMs, answeredForMs);
}
