/** How many points of the past are remembered: history is kept to within one part of so many. */
const CHECKPOINTS = 10;

interface Checkpoint {
  readonly finished: number;
  readonly mark: string;
}

/**
 * Finds the oldest entry to keep when the last `maxEntries` finished ones are to stay. Redis cannot tell an entry's
 * position before 7.0; so it remembers where the group's mark was when so many had been finished, and gives that mark
 * once `maxEntries` more are. A new process begins to know when it has seen that many.
 */
export class HistoryWindow {
  private readonly checkpoints: Checkpoint[] = [];
  private known: Checkpoint | undefined;

  constructor(private readonly maxEntries: number) {}

  /** All before it may go; undefined while that is not known yet. */
  get oldestToKeep(): string | undefined {
    return this.known?.mark;
  }

  /** When so many entries had been finished, the group had finished everything up to the mark. */
  note(finished: number, mark: string): void {
    const last = this.checkpoints.at(-1);
    // A smaller total: the marks were lost with a flush, and counting began anew.
    if (last && finished < last.finished) this.checkpoints.length = 0;
    if (!last || finished < last.finished || finished - last.finished >= this.maxEntries / CHECKPOINTS) {
      this.checkpoints.push({ finished, mark });
    }
    while (this.checkpoints[0] && finished - this.checkpoints[0].finished >= this.maxEntries) {
      this.known = this.checkpoints.shift();
    }
  }
}
