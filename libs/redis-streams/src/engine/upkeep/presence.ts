import { SAY_PRESENT_EVERY_MS } from '../../model/policy/presence-rule.js';
import type { Group } from '../../model/ports/group.js';
import { goesOnToBeRefused } from '../../model/ports/redis-failure.js';
import { Alarm } from '../../timing/alarm.js';
import type { Pause } from '../group/pause.js';
import type { Deliveries } from '../state/deliveries/deliveries.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/** Redis is heard of as often as this worker says that it is there. After such a silence it was away, whoever's fault that was. */
const BREAK_AFTER_MS = 2 * SAY_PRESENT_EVERY_MS;
/** That slots are lost, or free again, is said so soon: once for all that happens together. */
const SAY_STUCK_WITHIN_MS = 500;

export interface PresenceParts {
  readonly group: Pick<Group, 'sayPresent'>;
  readonly deliveries: Pick<Deliveries, 'stuck' | 'whenStuckChanges'>;
  readonly pause: Pick<Pause, 'overhear'>;
}

/**
 * Says that this worker is there, how many slots it has and how many of them stuck runs hold, for those who look at the group: at the start, and
 * after ten seconds in which nothing else has said it, so that an idle, a full and a paused one show alike. Sweeps say it, too: an idle worker needs no
 * words of its own. No task depends on it: what Redis refuses is said again later. That it answers at all, also to a worker that asks nothing else, is
 * heard of here; and, should nothing else tell, that the group is paused.
 */
export class Presence {
  private readonly alarm = new Alarm(() => this.say());
  private isStopped = false;
  /** When Redis answered last, and since when it has without a break; on performance.now's clock. */
  private heardAt = -Infinity;
  private heardSince = -Infinity;

  constructor(
    private readonly options: Pick<SubscriptionOptions, 'concurrency'>,
    private readonly parts: PresenceParts,
  ) {
    parts.deliveries.whenStuckChanges(() => this.sayWithin(SAY_STUCK_WITHIN_MS));
  }

  start(): void {
    this.say();
  }

  /**
   * Something else has said it just now, and was answered.
   * @param stuck how many slots it said that stuck runs hold
   */
  wasSaid(stuck: number): void {
    this.heard();
    this.sayAgainLater();
    if (stuck !== this.parts.deliveries.stuck.size) this.sayWithin(SAY_STUCK_WITHIN_MS);
  }

  /** Milliseconds since Redis answered last. */
  get sinceAnswerMs(): number {
    return performance.now() - this.heardAt;
  }

  /** For how long it had answered without a break by then. */
  get answeredForMs(): number {
    return this.heardAt - this.heardSince;
  }

  stop(): void {
    this.isStopped = true;
    this.alarm.stop();
  }

  private say(): void {
    this.sayAgainLater();
    const { group, deliveries, pause } = this.parts;
    const notePause = pause.overhear();
    group.sayPresent(this.options.concurrency, deliveries.stuck.size).then(
      (reply) => {
        this.heard();
        notePause(reply);
      },
      // A user without the right to say it is answered as well.
      (error: unknown) => goesOnToBeRefused(error) && this.heard(),
    );
  }

  private sayAgainLater(): void {
    if (this.isStopped) return;
    this.alarm.stop();
    this.sayWithin(SAY_PRESENT_EVERY_MS);
  }

  private sayWithin(ms: number): void {
    if (!this.isStopped) this.alarm.noLaterThan(performance.now() + ms);
  }

  private heard(): void {
    const now = performance.now();
    if (now - this.heardAt > BREAK_AFTER_MS) this.heardSince = now;
    this.heardAt = now;
  }
}
