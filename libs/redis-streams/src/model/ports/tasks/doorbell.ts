/** There is news about a task. It may be lost, come late or twice: whoever hears it looks for himself. */
export interface Ring {
  /**
   * `cancel`: the task, which this process runs, is to be cancelled. `news`: what is known of it has changed. `ended`: the same of one
   * that this process has added, and its entry says that it waits.
   * `due`: a retry of a task that this process may run is due at another time.
   */
  readonly kind: 'cancel' | 'news' | 'ended' | 'due';
  readonly stream: string;
  readonly group: string;
  readonly id: string;
}

export interface DoorbellListener {
  ring?(ring: Ring): void;
  /** The next delayed task of a stream is due in so many milliseconds. */
  delayed?(stream: string, inMs: number): void;
  /** A group of a stream may have been paused, or resumed. */
  paused?(stream: string, group: string): void;
  /** It hears again, or for the first time: what was rung meanwhile is lost, so all that is outstanding is looked at again. */
  hears?(): void;
}

/** What wakes this process when something happens elsewhere: one per process. Truth is in keys; this only saves time. */
export interface Doorbell {
  /** What scripts ring: this process's name. */
  readonly address: string;
  /** Whether it hears now. */
  readonly hears: boolean;
  /**
   * Connects; from then on it heals by itself. Resolves when it hears, or after a moment without. Never rejects.
   * @param streams of whose delayed tasks and pauses it hears, too
   */
  open(streams?: readonly string[]): Promise<void>;
  /** Never throws. @returns what ends that */
  listen(listener: DoorbellListener): () => void;
}
