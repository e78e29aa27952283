import type { TaskLife } from './tasks/task-life.js';

/** What the engine hands to a handler, and all that it knows of one delivery. */
export interface HandlerDelivery {
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  /** What the handler is called in the app's code, where that is known. */
  readonly handlerName: string | undefined;
  readonly entryId: string;
  /** What `add` returned: the entry's id, or the task's own where it was delayed. */
  readonly taskId: string;
  /** Runs started on the entry, this one included; 1 at first. */
  readonly deliveryCount: number;
  readonly maxDeliveries: number;
  readonly payload: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** Values of the library's own headers, by name without their prefix; undefined for most. See `wire/header-contract`. */
  readonly reserved: Readonly<Record<string, string>> | undefined;
  /** The task's deadline, in epoch milliseconds by the server's clock; undefined where it has none. */
  readonly expiresAt: number | undefined;
  /** Of a task that was redriven, or is replayed; also of a copy of one. undefined for nearly all. */
  readonly life: TaskLife | undefined;
  /** Set by who traces the run: its W3C trace context, which its dead letter keeps. */
  traceparent?: string | undefined;
  /** Interceptors stand between the handler and what is subscribed to: its end is not the handler's. */
  isIntercepted: boolean;
  /** Set by the handler, called when the run may settle no more: what can be ended is ended. */
  onStuck: (() => void) | undefined;
  /** Keeps a chunk of output. @throws UnrecoverableError for one that is not JSON or too large */
  write(chunk: unknown): void;
  /** Resolves when more may be written, undefined where it may: more than is good is not sent yet. */
  room(): Promise<void> | undefined;
  /** As `StreamContext.once` says. */
  once(name: string, action: (key: string) => unknown): Promise<unknown>;
  /** What its chain of tasks began with. */
  readonly correlationId: string;
  /** Adds a task once this one is done. @throws what `ForwardEncoder.encode` does, and UnrecoverableError for too many or too much */
  forward(stream: string, payload: unknown, options: object | undefined): void;
  /** Keeps the last word of how far it is. @throws EncodeError for a value that is not JSON or too large */
  progress(value: unknown): void;
  /** Aborts on timeout, on a cancel, at the task's deadline, on a lost lease and at the end of the shutdown's drain time; its reason is the error that says which. */
  readonly signal: AbortSignal;
}

/** Runs one delivery: resolves when it is done, rejects when it failed, with a HandlerFailure where more than the error is known. */
export type Handler = (delivery: HandlerDelivery) => Promise<unknown>;

/**
 * Stands around each run of a handler, be it to have a context of its own while that goes on. It calls `run` once, at once, and
 * returns what that does: what it does instead would be the outcome.
 */
export type AroundRun = (delivery: HandlerDelivery, run: () => Promise<unknown>) => Promise<unknown>;

/** The handler with these around it, the first outermost. */
export function surrounded(handler: Handler, arounds: readonly AroundRun[]): Handler {
  return arounds.reduceRight<Handler>(
    (inner, around) => async (delivery) => around(delivery, () => inner(delivery)),
    handler,
  );
}

/** A failure with what is known beside the error. Only the transport makes it, only the engine sees it. */
export class HandlerFailure extends Error {
  override readonly name = 'HandlerFailure';

  constructor(
    /** The error that decides. */
    override readonly cause: unknown,
    /** A pipe raised it before the handler ran. */
    readonly rejectedByPipe: boolean,
    /** What people should know beside the error. */
    readonly remark: string | undefined,
  ) {
    super('The handler failed.', { cause });
  }
}
