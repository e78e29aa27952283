/** A delayed task that could not enter its stream. */
export interface SetAside {
  readonly id: string;
  readonly reason: string;
  /** Where it is now; undefined where no dead letter could be written: then it stays where it was, and comes again later. */
  readonly deadLetterId: string | undefined;
}

export interface PromoteReply {
  /** How many tasks have entered. */
  readonly entered: number;
  /** For how many milliseconds the first of what was due has been so; 0 where nothing was. */
  readonly lateMs: number;
  /** In how many milliseconds the next one is due, by the server's clock; 0 or less where there are more. undefined: there is none. */
  readonly nextInMs: number | undefined;
  /** Those that no stream could take. */
  readonly setAside: readonly SetAside[];
  /** Why Redis takes no entry, as it says it; undefined where it does. What is due stays. */
  readonly refused: string | undefined;
}

/** The tasks of a stream that wait for their time outside it. */
export interface DelayedTasks {
  /**
   * Lets enter what is due, the earliest first, so many at a time that nobody is held up. Any process may, and several at once: each
   * task enters once. Answered or rejected in time; it bears to be repeated.
   */
  promote(stream: string): Promise<PromoteReply>;
}

/** Sees to it that the delayed tasks of streams enter in time. */
export interface Promotion {
  /** This process consumes a stream from now on: what is due there enters at once. @returns what ends that */
  consume(stream: string): () => void;
  /** The next task of a stream may be due in so many milliseconds, as Redis says. */
  expect(stream: string, inMs: number): void;
  /** There may be one that is due earlier than is known here. */
  look(stream: string): void;
}
