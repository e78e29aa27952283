import type { GroupPause } from '../model/groups/group-pause.js';
import { RENEWAL_OVERDUE_AFTER } from '../model/policy/lease-rule.js';
import type { Idleness } from '../engine/stream-consumer.js';
import type { SubscriptionStatus } from '../engine/subscription-status.js';

export type HealthStatus = 'up' | 'degraded' | 'down';

export interface LoopHealth {
  readonly stream: string;
  readonly group: string;
  readonly status: HealthStatus;
  readonly running: number;
  readonly concurrency: number;
  /** Why it is not up. */
  readonly reason?: string;
  /** Why it starts nothing, though it is up: somebody has paused its group. */
  readonly paused?: GroupPause;
}

/** What goes wrong and heals within this time only degrades. */
const TOLERATED_MS = 10_000;
/** How late a read or a settlement may be: longer than it takes to notice a dead connection, and to leave it. */
const SLACK_MS = 4_000;

/** What speaks against a loop. */
interface Objection {
  readonly status: 'degraded' | 'down';
  readonly reason: string;
}

/**
 * A loop is up when a read is under way or has just been, or when all its slots are busy and its leases are being renewed; and
 * when what has ended is settled. A worker on a two-hour job is up; one that neither reads nor keeps its leases, or that
 * Redis lets settle nothing, is not, whatever a PING says.
 */
export function loopHealth(loop: SubscriptionStatus, now = Date.now()): LoopHealth {
  const { stream, group, running, concurrency, pause } = loop;
  const objections = objectionsTo(loop, now).filter((objection) => objection !== undefined);
  const worstOne = objections.find(({ status }) => status === 'down') ?? objections[0];
  return { stream, group, status: 'up', running, concurrency, ...(pause && { paused: pause }), ...worstOne };
}

/** What is to be said of a process that consumes nothing although it has handlers. */
export function idleHealth({ reason, sinceMs: since }: Idleness, now = Date.now()): HealthStatus {
  return sinceMs(now - since, reason).status;
}

function objectionsTo(loop: SubscriptionStatus, now: number): (Objection | undefined)[] {
  if (loop.phase === 'stopped') return [{ status: 'down', reason: 'stopped' }];
  const slots = objectionToSlots(loop);
  if (loop.phase === 'healing') return [slots, sinceMs(now - loop.phaseSinceMs, `interrupted: ${loop.reason}`)];
  const { marksFailure } = loop;
  const marks: Objection | undefined = marksFailure ? { status: 'degraded', reason: marksFailure } : undefined;
  return [slots, ...objectionsToSettling(loop), objectionToLeases(loop), objectionToReading(loop), marks];
}

function objectionToSlots(loop: SubscriptionStatus): Objection | undefined {
  const count = loop.stuck.length;
  if (count === 0) return undefined;
  if (count >= loop.concurrency) {
    const reason = `all ${count} slots are held by runs that were told to end, or lost their lease: ${names(loop)}`;
    return { status: 'down', reason };
  }
  return {
    status: 'degraded',
    reason: `runs that were told to end, or lost their lease, still hold slots: ${names(loop)}`,
  };
}

function objectionsToSettling({ settling, controlTrouble }: SubscriptionStatus): (Objection | undefined)[] {
  const { waitingMs, failure, deadLetterFailure, forwardFailure } = settling;
  const isStuck = failure !== undefined || waitingMs > SLACK_MS;
  return [
    isStuck
      ? sinceMs(waitingMs, `its results cannot be settled: ${failure ?? controlTrouble ?? 'no answer'}`)
      : undefined,
    deadLetterFailure === undefined
      ? undefined
      : { status: 'degraded', reason: `its dead letters cannot be written: ${deadLetterFailure}` },
    forwardFailure === undefined
      ? undefined
      : { status: 'degraded', reason: `what its tasks forward cannot be added: ${forwardFailure}` },
  ];
}

function objectionToLeases(loop: SubscriptionStatus): Objection | undefined {
  if (loop.running <= loop.stuck.length || renews(loop)) return undefined;
  const isLost = loop.sinceRenewalMs > loop.leaseMs || (isFull(loop) && !reads(loop));
  const why = loop.renewalFailure ?? loop.controlTrouble;
  return { status: isLost ? 'down' : 'degraded', reason: withCause('its leases are not being renewed', why) };
}

function objectionToReading(loop: SubscriptionStatus): Objection | undefined {
  if (reads(loop) || isFull(loop)) return undefined;
  if (loop.readOverdueMs === undefined) return { status: 'degraded', reason: 'starting' };
  return sinceMs(loop.readOverdueMs - SLACK_MS, withCause('it has not read for too long', loop.controlTrouble));
}

function reads({ readOverdueMs }: SubscriptionStatus): boolean {
  return readOverdueMs !== undefined && readOverdueMs <= SLACK_MS;
}

function isFull({ running, concurrency }: SubscriptionStatus): boolean {
  return running >= concurrency;
}

function renews({ sinceRenewalMs, leaseMs }: SubscriptionStatus): boolean {
  return sinceRenewalMs <= leaseMs * RENEWAL_OVERDUE_AFTER;
}

function sinceMs(ms: number, reason: string): Objection {
  return { status: ms > TOLERATED_MS ? 'down' : 'degraded', reason };
}

function withCause(reason: string, cause: string | undefined): string {
  return cause === undefined ? reason : `${reason}: ${cause}`;
}

function names(loop: SubscriptionStatus): string {
  const shown = loop.stuck
    .slice(0, 5)
    .map(({ entryId, runningMs }) => `${entryId} (for ${Math.round(runningMs / 1000)} s)`);
  return shown.join(', ') + (loop.stuck.length > shown.length ? ', …' : '');
}

export function worst(statuses: readonly HealthStatus[]): HealthStatus {
  return statuses.includes('down') ? 'down' : statuses.includes('degraded') ? 'degraded' : 'up';
}
