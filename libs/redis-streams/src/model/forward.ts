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

/** A task that is about to be forwarded. */
export interface ForwardedTask {
  readonly source: ForwardSource;
  readonly stream: string;
  /** How many forwards of its run are before it. */
  readonly index: number;
  /** The handler's, copied: more may be added until it is encoded. */
  readonly headers: Record<string, string>;
}

/** Stands around the making of each forward's entry. It calls `encode` once, at once, and returns what that does. */
export type AroundForward = (task: ForwardedTask, encode: () => Forward) => Forward;

/** Makes an entry of what a handler forwards. */
export interface ForwardEncoder {
  /**
   * @throws RedisStreamsConfigError for a bad stream name or option; UnrecoverableError for what no other run could forward, either: its
   *   `cause` is the EncodeError or PayloadTooLargeError, where it is one
   */
  encode(source: ForwardSource, call: ForwardCall): Forward;
}
