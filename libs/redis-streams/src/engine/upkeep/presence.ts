import { SAY_PRESENT_EVERY_MS } from '../../model/policy/presence-rule.js';
import type { Group } from '../../model/ports/group.js';
import { Alarm } from '../../timing/alarm.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/**
 * Says that this worker is there and how many slots it has, for those who look at the group: at the start, and after ten seconds in which nothing else
 * has said it, so that an idle, a full and a paused one show alike. Sweeps say it, too: an idle worker needs no words of its own. Nothing depends on it:
 * what Redis refuses is said again later.
 */
export class Presence {
  private readonly alarm = new Alarm(() => this.say());
  private isStopped = false;

  constructor(
    private readonly options: Pick<SubscriptionOptions, 'concurrency'>,
    private readonly group: Pick<Group, 'sayPresent'>,
  ) {}

  start(): void {
    this.say();
  }

  /** Something else has said it just now. */
  wasSaid(): void {
    if (this.isStopped) return;
    this.alarm.stop();
    this.alarm.noLaterThan(performance.now() + SAY_PRESENT_EVERY_MS);
  }

  stop(): void {
    this.isStopped = true;
    this.alarm.stop();
  }

  private say(): void {
    this.wasSaid();
    this.group.sayPresent(this.options.concurrency).catch(() => undefined);
  }
}
