/** One forward of a task that is done. */
export interface Delivery {
  readonly entryId: string;
  /** When the task's life began, where it was redriven or is replayed: what it forwards in that is another task. */
  readonly life?: number | undefined;
  /** How many forwards of the task are before it. */
  readonly index: number;
  /** Names and values in turn. */
  readonly fields: readonly string[];
}

/** What tasks owe to one stream. */
export interface DeliverCommand {
  readonly stream: string;
  readonly deliveries: readonly Delivery[];
  /** When this consumer was sure to hold all of these tasks, on performance.now's clock. */
  readonly heldAt: number;
}

export interface DeliverReply {
  /** The ids of the entries, in the order of the deliveries; fewer where one was refused, and the others not tried. */
  readonly ids: readonly string[];
  /** Why Redis has refused the next one; undefined where none was refused, and where it was too late. */
  readonly refusal: string | undefined;
}

/** A task of which nothing is owed any more: it is acked. */
export interface Delivered {
  readonly stream: string;
  readonly entryId: string;
  /** As of `Delivery`. */
  readonly life?: number | undefined;
  readonly index: number;
}

/** What tasks owe to streams whose keys may be on other servers than theirs. */
export interface Forwarding {
  /**
   * Adds what tasks owe to one stream, in its order: each once, however often and by whomever it is asked for. Adds nothing where
   * too much time has passed since `heldAt`, as others may have acked the tasks by now.
   */
  deliver(command: DeliverCommand): Promise<DeliverReply>;
  /** These tasks are acked: that something was added for them need not be known for much longer. Never waits. */
  forget(delivered: readonly Delivered[]): void;
}
