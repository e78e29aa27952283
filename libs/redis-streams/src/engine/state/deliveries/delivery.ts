import { NO_HEADERS } from '../../../model/entry.js';
import { UnrecoverableError } from '../../../model/errors/errors.js';
import type { Forward, ForwardEncoder } from '../../../model/forward.js';
import type { HandlerDelivery } from '../../../model/handler.js';
import type { AckCommand, HeldKey, TaskNote } from '../../../model/ports/settlement.js';
import type { TaskLife } from '../../../model/tasks/task-life.js';
import type { Deadline } from '../../../timing/deadline-queue.js';
import type { ResolvedResultOptions } from '../../../options/tables/retention-options.js';
import { originOf } from '../../../wire/tasks/chains/origin.js';
import type { SubscriptionOptions } from '../../subscription-options.js';
import { RunForwards } from './run-forwards.js';
import type { RunWriting } from './run-writing.js';

/** What somebody was told of earlier runs, and of a wish to cancel it, is over. */
const NOTHING_MORE: TaskNote = { state: 'completed', fields: [], ttlMs: undefined };

/** Nor is anything else of it kept: a record without a time to live goes at once. */
const NO_RECORD: TaskNote = { ...NOTHING_MORE, ttlMs: 0 };

/** The idempotency key that a task's end frees. */
export interface EndedKey extends HeldKey {
  /** Whether an end that is a success frees it, too. */
  readonly byAnyEnd: boolean;
}

/**
 * A delivery is a lease and a run. The lease: this consumer holds the entry, at a delivery count. The run: a handler is at work on
 * it. Which of the two there is, is the delivery's state; `Deliveries` alone changes it.
 *
 *     lease and run    running
 *     lease, no run    settling     the run has ended, or there was none to begin
 *     run, no lease    stuck        it timed out or its lease was lost: it goes on, and settles nothing
 */
export class Lease implements AckCommand {
  run: Run | undefined;
  /** What the handler returned, and how long it ran in milliseconds (0 where nobody wants to know), once it has ended well. */
  result: unknown;
  ranMs = 0;
  /** What is kept of the result, where one is. */
  kept: TaskNote | undefined;
  /** The process that waits for the task, as its entry says. */
  waiter: string | undefined;
  /** What it forwards, as it is done; undefined for nearly all. */
  forwards: readonly Forward[] | undefined;
  /** Somebody has asked to cancel the task. */
  isCancelRequested = false;
  /** The idempotency key that its end frees. */
  key: EndedKey | undefined;
  /** Its run has done something once: what is kept of that goes with a success, unless a result is kept. */
  hasOnce = false;
  /** Of a task that was redriven, or is replayed. */
  life: TaskLife | undefined;
  /** When this process heard last that the entry is its own, on performance.now's clock. */
  givenAt: number;
  /** Where its LeaseSet has it; nobody else's business. */
  position = -1;

  constructor(
    readonly entryId: string,
    /** Changes when the same entry is delivered again while it is held: what runs goes on under the new count. */
    public deliveryCount: number,
    /** On performance.now's clock. */
    readonly takenAt: number,
  ) {
    this.givenAt = takenAt;
  }

  /** What is written with the ack; nothing for nearly all. */
  get note(): TaskNote | undefined {
    const note = this.kept ?? (this.hasOnce ? NO_RECORD : this.isNews ? NOTHING_MORE : undefined);
    if (note === undefined && !this.key?.byAnyEnd) return undefined;
    const key = this.key?.byAnyEnd ? this.key : note?.key;
    if (!key && !this.life) return note;
    return { ...(note ?? NOTHING_MORE), key, endsLife: this.life !== undefined };
  }

  private get isNews(): boolean {
    return this.deliveryCount > 1 || this.isCancelRequested || this.life !== undefined;
  }
}

/** What all runs of a subscription share. */
export interface RunSetting {
  readonly options: SubscriptionOptions;
  readonly output: { writer(run: Run): RunWriting };
  readonly forwardEncoder: ForwardEncoder;
  readonly once: { do(run: Run, name: string, action: (key: string) => unknown): Promise<unknown> };
}

export class Run implements HandlerDelivery {
  readonly entryId: string;
  /** undefined once it is stuck, or over. */
  lease: Lease | undefined;
  /** Runs started on the entry, this one included; more when the entry is delivered again while it runs. */
  deliveryCount: number;
  /** What Aborts is to do about it; nobody else's business. */
  watch: Deadline | undefined;
  /** How its result is kept, where it is. */
  keeping: ResolvedResultOptions | undefined;
  /** From when on its task is not run, in epoch milliseconds by the server's clock. */
  expiresAt: number | undefined;
  /** Of a task that was delayed. */
  ownId: string | undefined;
  /** Of a task that was redriven, or is replayed; also of a copy of one. */
  life: TaskLife | undefined;
  /** Only where somebody traces is there such a field. */
  declare traceparent?: string | undefined;
  isIntercepted = false;
  onStuck: (() => void) | undefined;
  payload: unknown;
  headers: Readonly<Record<string, string>> = NO_HEADERS;
  /** Values of the library's own headers. */
  reserved: Readonly<Record<string, string>> | undefined;
  /** What it writes through; made at its first word, or at the start where the handler has output. */
  writing: RunWriting | undefined;
  /** Made with its first forward. */
  forwards: RunForwards | undefined;
  /** Its handler has ended. */
  hasEnded = false;
  /** When it was told to end, as its time was over or somebody cancelled it, on performance.now's clock; a lost lease alone tells nobody to end. */
  toldToEndAt: number | undefined;
  private names: Set<string> | undefined;
  private controller: AbortController | undefined;

  constructor(
    private readonly setting: RunSetting,
    lease: Lease,
    /** On performance.now's clock. */
    readonly startedAt: number,
  ) {
    this.lease = lease;
    this.entryId = lease.entryId;
    this.deliveryCount = lease.deliveryCount;
    this.life = lease.life;
  }

  get stream(): string {
    return this.setting.options.stream;
  }

  get group(): string {
    return this.setting.options.group;
  }

  get consumer(): string {
    return this.setting.options.consumer;
  }

  get handlerName(): string | undefined {
    return this.setting.options.handlerName;
  }

  get taskId(): string {
    return this.ownId ?? this.entryId;
  }

  get correlationId(): string {
    return originOf({ stream: this.stream, id: this.taskId }, this.reserved).root.id;
  }

  get maxDeliveries(): number {
    return this.setting.options.retry.maxDeliveries;
  }

  get signal(): AbortSignal {
    // Made on demand: most handlers never look, and a controller costs more than the rest of a delivery.
    return (this.controller ??= new AbortController()).signal;
  }

  /** Why it was aborted; undefined while it was not. */
  get abortReason(): unknown {
    return this.controller?.signal.reason;
  }

  beginOutput(): RunWriting {
    return (this.writing ??= this.setting.output.writer(this));
  }

  write(chunk: unknown): void {
    this.writing?.write(chunk);
  }

  room(): Promise<void> | undefined {
    return this.writing?.room();
  }

  progress(value: unknown): void {
    this.beginOutput().progress(value);
  }

  once(name: string, action: (key: string) => unknown): Promise<unknown> {
    return this.setting.once.do(this, name, action);
  }

  /** What it does once, by name. */
  get onceNames(): Set<string> {
    return (this.names ??= new Set());
  }

  get hasOnce(): boolean {
    return this.names !== undefined;
  }

  forward(stream: string, payload: unknown, options: object | undefined): void {
    if (this.hasEnded) {
      throw new UnrecoverableError(
        `Nothing is forwarded to '${stream}': the handler has ended. Await all that forwards before it returns.`,
      );
    }
    (this.forwards ??= new RunForwards(this.setting.forwardEncoder)).add(this, stream, payload, options);
  }

  abort(reason: Error): void {
    (this.controller ??= new AbortController()).abort(reason);
  }

  /** It may settle again: what it was told when it could not has passed, and another signal tells of what comes. */
  resume(): void {
    this.controller = undefined;
    this.toldToEndAt = undefined;
    this.writing?.resume();
  }
}
