import { BaseRpcContext } from '@nestjs/microservices';
import type { HandlerDelivery } from '../model/handler.js';
import type { AnyStream, KnownStream, PayloadOf } from '../model/payloads.js';
import type { ForwardOptions } from '../tasks/chains/forward-options.js';
import { RESERVED_HEADERS } from '../wire/header-contract.js';
import { tickOf } from '../wire/tasks/tick.js';

/** What a handler may know of the delivery it runs: inject it with `@Ctx()`. */
export class StreamContext extends BaseRpcContext<[HandlerDelivery]> {
  constructor(private readonly delivery: HandlerDelivery) {
    super([delivery]);
  }

  get stream(): string {
    return this.delivery.stream;
  }

  get group(): string {
    return this.delivery.group;
  }

  get consumer(): string {
    return this.delivery.consumer;
  }

  /** The entry's id in the stream: use it as the key of what the handler writes, so that a re-run is harmless. */
  get entryId(): string {
    return this.delivery.entryId;
  }

  /** The task's id, which `add` returned and `StreamTasks` knows it by: the entry's, but for a task that was delayed. It never changes. */
  get taskId(): string {
    return this.delivery.taskId;
  }

  /** From when on the task is not run any more: `signal` aborts then. undefined for a task without a deadline. */
  get deadlineAt(): Date | undefined {
    const { expiresAt } = this.delivery;
    return expiresAt === undefined ? undefined : new Date(expiresAt);
  }

  /**
   * How often the task was redriven from its dead letter: 0 for nearly all. It has its id still, and what it has done once stays done; its deliveries are
   * counted anew. See docs/dead-letters.md.
   */
  get redrives(): number {
    return this.delivery.life?.redrives ?? 0;
  }

  /**
   * Whether somebody replays the task: it has ended well before, and so it may have done all that it does now. What it forwards is forwarded again: a handler that
   * should not asks here.
   */
  get isReplay(): boolean {
    return this.delivery.life?.isReplay ?? false;
  }

  /** Runs started on the task in all its lives, this one included: more than `deliveryCount` where it was redriven. */
  get totalDeliveries(): number {
    return this.delivery.deliveryCount + (this.delivery.life?.earlierDeliveries ?? 0);
  }

  /** Runs started on the entry, this one included: 1 at first, and after each redrive. */
  get deliveryCount(): number {
    return this.delivery.deliveryCount;
  }

  /** true when a failure of this run goes to the dead letter instead of a retry. */
  get isLastDelivery(): boolean {
    return this.delivery.deliveryCount >= this.delivery.maxDeliveries;
  }

  /**
   * Tells how far the task is: any JSON value of at most 16 KB. Returns at once, may be called as often as one likes, and is written at most
   * four times a second, the last value before the task is settled. `StreamTasks.get` and `watch` tell it. Ignored after the run's end.
   * @throws EncodeError for a value that is not JSON or too large
   */
  progress(value: unknown): void {
    this.delivery.progress(value);
  }

  /**
   * Adds a task to a stream once this one is done: exactly one, whatever dies when, and none if this run fails, is cancelled or expires. Returns
   * at once; may be called up to 100 times in a run, and the tasks are added in that order. The task inherits the correlation id,
   * the deadline and the trace context. See docs/chains.md.
   *
   * @throws UnrecoverableError, which ends the task if the handler lets it pass, for a payload that is no JSON or too large (its
   *   `cause` is the EncodeError or PayloadTooLargeError), more than 100 forwards, a chain of more than 100, and after the handler's end;
   *   RedisStreamsConfigError for a bad stream name or option
   * @example
   * context.forward('docs:analyze', { documentId, text });
   */
  forward<S extends AnyStream>(stream: KnownStream<S>, payload: PayloadOf<S>, options?: ForwardOptions): void {
    this.delivery.forward(stream, payload, options);
  }

  /** The id of the task that this one's chain began with: its own, unless another one has forwarded it. */
  get correlationId(): string {
    return this.delivery.correlationId;
  }

  /**
   * Does something once for the task, however often that is delivered: once its value is kept, no later delivery does it again, and each
   * gets the value. It is not done exactly once: what dies between the deed and the keeping leaves a deed that is done again. So the
   * function gets a key, the same in every delivery: hand it to whoever is asked, so that he knows a repetition.
   *
   * The value is JSON of at most 64 KB, or undefined; everybody gets a copy of it. It is kept until the task has ended well, for 7 days at most;
   * with a result, as long as that. What the function throws is not kept. Costs two round trips, and waits while Redis is away.
   *
   * @param name 1 to 128 characters, the same in every delivery, each only once in a run: no value that may change from run to run belongs in it
   * @throws UnrecoverableError for a value that is no JSON or too large, a name that this run has used, and after the handler's end;
   *   RedisStreamsConfigError for a bad name, LeaseLostError when another worker has the task, and what the function throws
   * @example
   * const charge = await context.once('charge', (key) => stripe.charges.create(order, { idempotencyKey: key }));
   */
  once<Value>(name: string, action: (key: string) => Value | Promise<Value>): Promise<Value> {
    return this.delivery.once(name, action) as Promise<Value>;
  }

  /** The schedule that made the task, and of which tick, undefined of one that was triggered by hand; undefined for a task of no schedule. */
  get schedule(): { readonly name: string; readonly tickAt: Date | undefined } | undefined {
    return tickOf(this.delivery.reserved?.[RESERVED_HEADERS.tick]);
  }

  get headers(): Readonly<Record<string, string>> {
    return this.delivery.headers;
  }

  /**
   * Aborts when going on is in vain: at `timeoutMs`, when somebody cancels the task, at its deadline, when the lease was lost, and
   * at the end of the shutdown's drain time. Hand it to fetch and to model clients. Its `reason` is a HandlerTimeoutError,
   * TaskCancelledError, TaskExpiredError, LeaseLostError or ShutdownError.
   */
  get signal(): AbortSignal {
    return this.delivery.signal;
  }
}
