import type { BacklogHealth } from './backlog-rule.js';
import type { HealthStatus, LoopHealth } from './health-rule.js';

/** What there is to judge a process by that may be given work. */
export interface ReadinessFacts {
  readonly isStopping: boolean;
  /** Why adds do not pass; undefined where they do. */
  readonly obstacle: string | undefined;
  readonly idle: Judged | undefined;
  readonly consumers: readonly LoopHealth[];
  readonly backlogs: readonly BacklogHealth[];
}

interface Judged {
  readonly status: HealthStatus;
  readonly reason?: string;
}

/** Whether it may be given work, and what is wrong: what keeps it from being ready first. */
export function judgeReadiness(facts: ReadinessFacts): {
  readonly status: HealthStatus;
  readonly reasons: readonly string[];
} {
  const { isStopping, obstacle, idle, consumers, backlogs } = facts;
  // Once it stops, what its loops say only follows from that.
  if (isStopping) return { status: 'down', reasons: ['the application is shutting down'] };
  const judged: readonly Judged[] = [
    ...(obstacle === undefined ? [] : [{ status: 'down', reason: `adds do not pass: ${obstacle}` } as const]),
    ...(idle ? [idle] : []),
    ...[...consumers, ...backlogs].map((one) => ({
      status: one.status,
      reason: `${one.stream} (${one.group}): ${one.reason}`,
    })),
  ];
  const wrong = (status: HealthStatus) => judged.filter((one) => one.status === status).map(({ reason }) => reason!);
  const [down, degraded] = [wrong('down'), wrong('degraded')];
  return {
    status: down.length > 0 ? 'down' : degraded.length > 0 ? 'degraded' : 'up',
    reasons: [...down, ...degraded],
  };
}
