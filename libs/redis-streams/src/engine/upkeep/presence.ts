import { PRESENT_FOR_MS, SAY_PRESENT_EVERY_MS } from '../../model/policy/presence-rule.js';
import type { Group } from '../../model/ports/group.js';
import { Periodic } from '../../timing/periodic.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/**
 * Says that this worker is there and how many slots it has, for those who look at the group: at the start, and every ten seconds
 * whatever else it does, so that an idle, a full and a paused one show alike. Nothing depends on it: what Redis refuses is said again later.
 */
export class Presence {
  private readonly periodic = new Periodic(
    () => SAY_PRESENT_EVERY_MS,
    () => this.say(),
  );

  constructor(
    private readonly options: Pick<SubscriptionOptions, 'concurrency'>,
    private readonly group: Pick<Group, 'sayPresent'>,
  ) {}

  start(): void {
    this.say();
    this.periodic.start();
  }

  stop(): void {
    this.periodic.stop();
  }

  private say(): void {
    this.group.sayPresent(this.options.concurrency, PRESENT_FOR_MS).catch(() => undefined);
  }
}
