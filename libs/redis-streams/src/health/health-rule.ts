import type { SubscriptionStatus } from '../consumer/subscription-status.js';

export type HealthStatus = 'up' | 'degraded' | 'down';

export interface LoopHealth {
  readonly stream: string;
  readonly group: string;
  readonly status: HealthStatus;
  readonly running: number;
  readonly concurrency: number;
  /** Why it is not up. */
  readonly reason?: string;
}

/** An interruption that heals within this time only degrades. */
const TOLERATED_INTERRUPTION_MS = 10_000;
/** How much longer than its BLOCK a read may take; the reader breaks off then, so that this is never exceeded for long. */
const READ_SLACK_MS = 4_000;

/**
 * A loop is up when its last read completed recently, or when all its slots are busy and its leases are being renewed: a
 * worker on a two-hour job is up, one that neither reads nor keeps its leases is not, whatever a PING says.
 */
export function loopHealth(loop: SubscriptionStatus, now = Date.now()): LoopHealth {
  const { stream, group, running, concurrency } = loop;
  const [status, reason] = judge(loop, now);
  return { stream, group, status, running, concurrency, ...(reason ? { reason } : {}) };
}

function judge(loop: SubscriptionStatus, now: number): [HealthStatus, string?] {
  const forsaken = loop.forsaken.length;
  if (forsaken >= loop.concurrency) {
    return ['down', `all ${forsaken} slots are held by runs that timed out or lost their lease: ${names(loop)}`];
  }
  if (loop.phase === 'stopped') return ['down', 'stopped'];
  if (loop.phase === 'healing') {
    const interruptedMs = now - loop.phaseSinceMs;
    return [interruptedMs > TOLERATED_INTERRUPTION_MS ? 'down' : 'degraded', `interrupted: ${loop.reason}`];
  }
  const reads = loop.sinceReadMs !== undefined && loop.sinceReadMs <= loop.blockMs + READ_SLACK_MS;
  const isFull = loop.running >= loop.concurrency;
  const renews = loop.sinceRenewalMs <= loop.leaseMs / 2;
  if (!reads && !(isFull && renews)) {
    if (loop.phase === 'starting') return ['degraded', 'starting'];
    return ['down', isFull ? 'its leases are not being renewed' : 'it has not read for too long'];
  }
  if (loop.running > forsaken && !renews) return ['degraded', 'its leases are not being renewed'];
  if (forsaken > 0) return ['degraded', `runs that timed out or lost their lease still hold slots: ${names(loop)}`];
  return ['up'];
}

function names(loop: SubscriptionStatus): string {
  const shown = loop.forsaken
    .slice(0, 5)
    .map(({ entryId, runningMs }) => `${entryId} (for ${Math.round(runningMs / 1000)} s)`);
  return shown.join(', ') + (loop.forsaken.length > shown.length ? ', …' : '');
}

export function worst(statuses: readonly HealthStatus[]): HealthStatus {
  return statuses.includes('down') ? 'down' : statuses.includes('degraded') ? 'degraded' : 'up';
}
