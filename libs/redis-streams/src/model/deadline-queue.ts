/**
 * Calls back for each item that is still in the queue `delayMs` after it was added. All items share one delay, so that
 * the oldest is always due first and a single timer serves them all: adding and deleting cost a map operation each.
 * The timer never keeps a process alive. `clear` ends it.
 */
export class DeadlineQueue<T> {
  private readonly deadlines = new Map<T, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly delayMs: number,
    private readonly onDue: (item: T) => void,
  ) {}

  add(item: T): void {
    this.deadlines.set(item, performance.now() + this.delayMs);
    this.timer ??= this.startTimer(this.delayMs);
  }

  has(item: T): boolean {
    return this.deadlines.has(item);
  }

  delete(item: T): void {
    this.deadlines.delete(item);
  }

  clear(): void {
    this.deadlines.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private startTimer(inMs: number): NodeJS.Timeout {
    // Node turns longer delays into 1 ms; an early look only sets the timer again.
    return setTimeout(() => this.callDue(), Math.min(Math.max(1, Math.ceil(inMs)), 2 ** 31 - 1)).unref();
  }

  private callDue(): void {
    this.timer = undefined;
    const now = performance.now();
    for (const [item, deadline] of this.deadlines) {
      if (deadline > now) {
        this.timer = this.startTimer(deadline - now);
        return;
      }
      this.deadlines.delete(item);
      this.onDue(item);
    }
  }
}
