import { LONGEST_TIMER_MS } from './longest-timer.js';

/** So few cancelled deadlines are not worth a walk through all. */
const FEW = 64;

/** A place in a DeadlineQueue. */
export interface Deadline {
  /** Keeps the queue from calling back. Without effect once it has. */
  cancel(): void;
}

/**
 * Calls back for each item whose deadline was not cancelled within `delayMs`. All items share one delay, so that the oldest
 * is always due first and a single timer serves them all: adding and cancelling cost next to nothing. The timer never keeps
 * a process alive. `clear` ends it.
 *
 * A list, not a Map: see "What V8 keeps" in docs/performance.md.
 */
export class DeadlineQueue<T> {
  /** In the order of time. */
  private readonly entries: Entry<T>[] = [];
  private cancelled = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly delayMs: number,
    private readonly onDue: (item: T) => void,
  ) {}

  add(item: T): Deadline {
    const entry = new Entry(this, item, performance.now() + this.delayMs);
    this.entries.push(entry);
    this.timer ??= this.startTimer(this.delayMs);
    return entry;
  }

  clear(): void {
    for (const entry of this.entries) entry.item = undefined;
    this.entries.length = 0;
    this.cancelled = 0;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** For entries only. */
  wasCancelled(): void {
    this.cancelled++;
    if (this.cancelled > FEW && this.cancelled > this.entries.length / 2) this.dropDone();
  }

  private startTimer(inMs: number): NodeJS.Timeout {
    // An early look only sets the timer again.
    return setTimeout(() => this.callDue(), Math.min(Math.max(1, Math.ceil(inMs)), LONGEST_TIMER_MS)).unref();
  }

  private callDue(): void {
    this.timer = undefined;
    const now = performance.now();
    for (const entry of [...this.entries]) {
      if (entry.at > now) break;
      const { item } = entry;
      entry.item = undefined;
      if (item !== undefined) this.onDue(item);
    }
    this.dropDone();
    // One that was added meanwhile may have set the timer, and is not the first.
    clearTimeout(this.timer);
    const [next] = this.entries;
    this.timer = next && this.startTimer(next.at - now);
  }

  private dropDone(): void {
    let kept = 0;
    for (const entry of this.entries) if (entry.item !== undefined) this.entries[kept++] = entry;
    this.entries.length = kept;
    this.cancelled = 0;
  }
}

class Entry<T> implements Deadline {
  constructor(
    private readonly queue: DeadlineQueue<T>,
    /** undefined when it is done with. */
    public item: T | undefined,
    /** On performance.now's clock. */
    readonly at: number,
  ) {}

  cancel(): void {
    if (this.item === undefined) return;
    this.item = undefined;
    this.queue.wasCancelled();
  }
}
