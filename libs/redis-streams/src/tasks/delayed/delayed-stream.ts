import type { DelayedTasks, PromoteReply } from '../../model/ports/tasks/delayed.js';
import { LEARNT_IN_TIME_MS } from '../../model/policy/delay-rule.js';
import { failureText, goesOnToBeRefused } from '../../model/ports/redis-failure.js';
import { LONGEST_TIMER_MS } from '../../timing/longest-timer.js';
import { Patience } from './patience.js';

/** Who only produces leaves it to consumers for so long, which are there as a rule. */
const OVERDUE_MS = 5_000;
/** When something is due is known here but roughly: answers take their time. */
const UNSURE_MS = 1_000;
/** Between attempts that fail, in milliseconds: doubling from the first to the last. */
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 15_000;

export interface DelayedStreamParts {
  readonly stream: string;
  readonly store: Pick<DelayedTasks, 'promote'>;
  readonly report: PromotionReport;
}

/** Who is told how it goes. */
export interface PromotionReport {
  /** What has come of a look. */
  looked(stream: string, reply: PromoteReply): void;
  /** There was no answer, or an error. */
  failed(stream: string, reason: string): void;
}

/**
 * Looks for what is due in one stream when the next task is, as far as this process knows. All times are on performance.now's clock; that
 * nothing enters early is up to the server's.
 */
export class DelayedStream {
  private consumers = 0;
  private isClosed = false;
  private isLooking = false;
  /** Whether there were ever delayed tasks, as far as this process knows: else that they cannot be looked at is no news. */
  private isInUse = false;
  /** When it looks next, and whether something should be due then. */
  private lookAt = Infinity;
  private isForDue = false;
  /** Up to when what is due is for this process to see to, as it has added some of it. */
  private answersUntil = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private readonly patience = new Patience();

  constructor(private readonly parts: DelayedStreamParts) {}

  consume(): () => void {
    this.consumers++;
    let isOver = false;
    return () => {
      if (!isOver) this.consumers--;
      isOver = true;
    };
  }

  /** The next task may be due in so many milliseconds. @param isOurs it was added here */
  expect(inMs: number, isOurs = false): void {
    if (this.isClosed) return;
    this.isInUse = true;
    const at = performance.now() + Math.max(0, inMs);
    if (isOurs && inMs <= LEARNT_IN_TIME_MS) this.answersUntil = Math.max(this.answersUntil, at + UNSURE_MS);
    const isOnTime = this.consumers > 0 || at <= this.answersUntil;
    this.lookNoLaterThan(at + (isOnTime ? this.patience.ms : OVERDUE_MS));
  }

  /** Others may have left delayed tasks that this process does not know of. By default it is left to consumers first. */
  lookOnce(inMs = OVERDUE_MS): void {
    if (!this.isClosed) this.lookNoLaterThan(performance.now() + inMs, false);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private lookNoLaterThan(at: number, isForDue = true): void {
    if (at >= this.lookAt) return;
    this.lookAt = at;
    this.isForDue = isForDue;
    this.setTimer();
  }

  private setTimer(): void {
    clearTimeout(this.timer);
    if (this.isLooking || this.isClosed || this.lookAt === Infinity) return;
    const inMs = Math.min(Math.ceil(this.lookAt - performance.now()), LONGEST_TIMER_MS);
    // A timer takes a millisecond at least, in which hundreds enter.
    if (inMs <= 0) return void this.look();
    this.timer = setTimeout(() => void this.look(), inMs).unref();
  }

  private async look(): Promise<void> {
    // A timer may not last until then.
    if (performance.now() < this.lookAt) return this.setTimer();
    const { isForDue } = this;
    this.lookAt = Infinity;
    this.isLooking = true;
    try {
      this.seen(await this.parts.store.promote(this.parts.stream), isForDue);
    } catch (error) {
      this.failed(error);
    }
    this.isLooking = false;
    this.setTimer();
  }

  private seen(reply: PromoteReply, wasForDue: boolean): void {
    const { report, stream } = this.parts;
    report.looked(stream, reply);
    if (reply.refused !== undefined) return this.pause();
    this.failures = 0;
    if (wasForDue) this.patience.learn(reply);
    const { nextInMs } = reply;
    if (nextInMs === undefined) return;
    // What is left of many that are due is not left to others.
    if (nextInMs <= 0) this.lookNoLaterThan(performance.now());
    else this.expect(nextInMs);
  }

  private failed(error: unknown): void {
    if (this.isInUse) this.parts.report.failed(this.parts.stream, failureText(error));
    else if (goesOnToBeRefused(error)) return;
    this.pause();
  }

  private pause(): void {
    const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.failures++, 10));
    this.lookNoLaterThan(performance.now() + pauseMs * (0.75 + Math.random() / 4));
  }
}
