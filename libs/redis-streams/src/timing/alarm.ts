import { LONGEST_TIMER_MS } from './longest-timer.js';

/** What is due within so many milliseconds of something else is done with it: ten thousand dates are no thousand timers a second. */
const TOGETHER_MS = 20;

/** One timer for many dates: it rings at the earliest, and whoever it wakes sets it for the next. It never keeps a process alive. */
export class Alarm {
  private timer: NodeJS.Timeout | undefined;
  private at = Infinity;

  constructor(private readonly ring: () => void) {}

  /** @param at on performance.now's clock; never rings for Infinity */
  noLaterThan(at: number): void {
    if (at >= this.at) return;
    this.stop();
    this.at = at;
    const inMs = Math.min(Math.max(TOGETHER_MS, Math.ceil(at - performance.now())), LONGEST_TIMER_MS);
    this.timer = setTimeout(() => {
      this.at = Infinity;
      this.ring();
    }, inMs).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.at = Infinity;
  }
}
