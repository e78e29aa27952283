/** What a run writes through while it goes on. */
export interface RunWriting {
  /**
   * Keeps a chunk of the handler's output, and sends it soon.
   * @throws UnrecoverableError for one that is not JSON or too large: the run would write it again
   */
  write(chunk: unknown): void;
  /** Resolves when there is room for more; undefined where there is. */
  room(): Promise<void> | undefined;
  /** @throws EncodeError for a value that is not JSON or too large */
  progress(value: unknown): void;
  /** The run's entry, which it had lost, came back to it: it may tell its progress again. */
  resume(): void;
  /** The handler has ended. @returns what resolves when all is sent, or will not be; undefined where nothing is left to send */
  end(): Promise<void> | undefined;
}
