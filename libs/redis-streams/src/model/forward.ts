/** A task that is to be added once the one that forwards it is done. */
export interface Forward {
  readonly stream: string;
  /** Names and values in turn. */
  readonly fields: readonly string[];
  /** Of its entry, once it is there. */
  id?: string | undefined;
}

/** The task that forwards, as far as its successors inherit from it. */
export interface ForwardSource {
  readonly stream: string;
  readonly group: string;
  readonly entryId: string;
  readonly taskId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly reserved: Readonly<Record<string, string>> | undefined;
  readonly expiresAt: number | undefined;
}

/** What a handler asks for, unchecked. */
export interface ForwardCall {
  readonly stream: string;
  readonly payload: unknown;
  readonly options: object | undefined;
  /** How many forwards of its run are before it. */
  readonly index: number;
}

/** Makes an entry of what a handler forwards. */
export interface ForwardEncoder {
  /**
   * @throws RedisStreamsConfigError for a bad stream name or option; UnrecoverableError for what no other run could forward, either: its
   *   `cause` is the EncodeError or PayloadTooLargeError, where it is one
   */
  encode(source: ForwardSource, call: ForwardCall): Forward;
}
