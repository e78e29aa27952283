import type { StoredSchedule } from '../../model/ports/tasks/schedule-store.js';
import type { Schedule } from '../schedule.js';
import { MOST_AHEAD_MS } from '../../model/policy/schedule-rule.js';

/** A schedule, and how far it is, as this process has heard. */
export class KnownSchedule {
  private readonly isPaused: boolean;
  private last: number;
  /** Asked for at each turn, and a cron pattern takes its time. */
  private next: number | undefined;

  constructor(
    readonly schedule: Schedule,
    stored: Pick<StoredSchedule, 'lastTickAt' | 'paused'>,
  ) {
    this.isPaused = stored.paused !== undefined;
    this.last = stored.lastTickAt;
    this.next = schedule.nextTick(this.last);
  }

  /** When the task of its next tick is to be made; Infinity where there is none. */
  get dueAt(): number {
    return this.isPaused || this.next === undefined ? Infinity : this.schedule.dueAt(this.next);
  }

  /** The tick that is to make a task now; undefined where none is. */
  tickFor(now: number): number | undefined {
    if (this.dueAt > now) return undefined;
    const tick = this.schedule.latestDue(this.last, now);
    if (tick === undefined) return undefined;
    if (!this.schedule.isMissed(tick, now)) return tick;
    this.passed(tick);
    return undefined;
  }

  /** Whether its last tick was made by a clock that was wrong, and does not count. */
  isFarAhead(now: number): boolean {
    return this.last > now + MOST_AHEAD_MS;
  }

  /** No tick at or before this one makes a task any more. */
  passed(tick: number): void {
    if (tick <= this.last) return;
    this.last = tick;
    this.next = this.schedule.nextTick(tick);
  }
}
