import { LONGEST_TIMER_MS } from './longest-timer.js';

/** Something that is done again and again until it is stopped, in an interval that may change. It never keeps a process alive. */
export class Periodic {
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param everyMs asked before each wait
   * @param task sees to its own errors, and to its overlapping with itself
   */
  constructor(
    private readonly everyMs: () => number,
    private readonly task: () => void,
  ) {}

  start(): void {
    this.timer = setTimeout(
      () => {
        this.start();
        this.task();
      },
      Math.min(this.everyMs(), LONGEST_TIMER_MS),
    ).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
