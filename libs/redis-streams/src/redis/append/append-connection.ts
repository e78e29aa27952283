import { type Deadline, DeadlineQueue } from '../../timing/deadline-queue.js';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import { type AppendCall, brokenLinkError, timeoutError } from './append-errors.js';
import { cork, isWritable, type RedisClient } from '../connections/redis-client.js';
import { isReplyError } from '../connections/redis-errors.js';

interface Call {
  isAnswered: boolean;
  readonly kind: AppendCall;
  readonly send: (client: RedisClient, giveUpAt: number) => Promise<unknown>;
  readonly resolve: (reply: never) => void;
  readonly reject: (error: Error) => void;
  /** Turns what it failed with into what it is rejected with. */
  readonly failed: (error: Error) => Error;
}

/** The calls of one event-loop turn, which are written together and share a deadline. */
interface Batch {
  isSent: boolean;
  /** When what has no answer yet is rejected, on performance.now's clock. */
  readonly giveUpAt: number;
  readonly calls: Call[];
  unanswered: number;
  deadline: Deadline | undefined;
}

/**
 * The connection for adds. Every call is answered or rejected within its time. Nothing is ever sent twice, nor after it was
 * rejected: a call waits here, not in ioredis, until the connection is ready. What is sent in one turn of the event loop is
 * two writes to the socket at most.
 */
export class AppendConnection {
  private readonly deadlines: DeadlineQueue<Batch>;
  private readonly waiting = new Set<Batch>();
  /** The batch of this turn. */
  private open: Batch | undefined;

  constructor(
    private readonly client: RedisClient,
    readonly timeoutMs: number,
    private readonly lastError: () => Error | undefined,
  ) {
    this.deadlines = new DeadlineQueue(timeoutMs, (batch) => this.giveUp(batch));
    client.on('ready', () => this.sendWaiting());
    client.on('end', () => this.rejectWaiting());
  }

  /** Why the connection cannot be used now, as far as is known. */
  get trouble(): Error | undefined {
    return this.lastError();
  }

  get isClosed(): boolean {
    return this.client.status === 'end';
  }

  /**
   * @param send is told when the call is given up, on performance.now's clock
   * @param failed is told why the call fails, and returns what to reject with
   * @param kind what is sent: of a probe nobody says that its entry may exist
   * @throws RedisUnavailableError when nothing was sent, AddOutcomeUnknownError when it was and no answer came,
   *   ioredis's ReplyError when Redis answered with an error; or what `failed` makes of them
   */
  call<Reply>(
    send: (client: RedisClient, giveUpAt: number) => Promise<Reply>,
    failed = asItIs,
    kind: AppendCall = 'add',
  ): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      const call: Call = { isAnswered: false, kind, send, resolve, reject, failed };
      const isSent = isWritable(this.client);
      const batch = this.open?.isSent === isSent ? this.open : this.newBatch(isSent);
      batch.calls.push(call);
      batch.unanswered++;
      if (isSent) this.send(batch, call);
      // The first of a turn may be the only one: it is sent before the batch for the turn's other calls is set up.
      if (this.open !== batch) this.gather(batch);
      if (!isSent) this.connectIfNeeded();
    });
  }

  /**
   * Takes the turn's other calls into the batch. What is written until the end of the turn goes out together, as a system call
   * costs as much as ten adds.
   */
  private gather(batch: Batch): void {
    this.open = batch;
    batch.deadline = this.deadlines.add(batch);
    if (!batch.isSent) this.waiting.add(batch);
    const release = batch.isSent ? cork(this.client) : undefined;
    setImmediate(() => {
      release?.();
      if (this.open === batch) this.open = undefined;
      this.forgetIfAnswered(batch);
    });
  }

  private connectIfNeeded(): void {
    const { status } = this.client;
    if (status === 'wait') this.client.connect().catch(() => undefined);
    else if (status === 'end') this.rejectWaiting();
  }

  private send(batch: Batch, call: Call): void {
    try {
      call.send(this.client, batch.giveUpAt).then(
        (reply) => {
          if (this.isFirstAnswer(batch, call)) call.resolve(reply as never);
        },
        (error: Error) => this.fail(batch, call, error),
      );
    } catch (error) {
      this.fail(batch, call, error as Error);
    }
  }

  private fail(batch: Batch, call: Call, error: Error): void {
    if (!this.isFirstAnswer(batch, call)) return;
    call.reject(call.failed(isReplyError(error) ? error : brokenLinkError(error, call.kind)));
  }

  private isFirstAnswer(batch: Batch, call: Call): boolean {
    if (call.isAnswered) return false;
    call.isAnswered = true;
    batch.unanswered--;
    this.forgetIfAnswered(batch);
    return true;
  }

  private forgetIfAnswered(batch: Batch): void {
    if (batch.unanswered === 0 && batch !== this.open) batch.deadline?.cancel();
  }

  private sendWaiting(): void {
    // Broken again meanwhile: the next connection takes them.
    if (!isWritable(this.client)) return;
    const release = cork(this.client);
    for (const batch of this.waiting) {
      batch.isSent = true;
      for (const call of batch.calls) this.send(batch, call);
    }
    release();
    this.waiting.clear();
  }

  private giveUp(batch: Batch): void {
    this.waiting.delete(batch);
    if (this.open === batch) this.open = undefined;
    for (const call of batch.calls) {
      if (!this.isFirstAnswer(batch, call)) continue;
      const { timeoutMs, trouble: cause } = this;
      call.reject(call.failed(timeoutError({ call: call.kind, wasSent: batch.isSent, timeoutMs, cause })));
    }
  }

  private rejectWaiting(): void {
    for (const batch of this.waiting) {
      for (const call of batch.calls) {
        if (!this.isFirstAnswer(batch, call)) continue;
        const options = { cause: this.trouble };
        call.reject(
          call.failed(new RedisUnavailableError('The connection to Redis is closed; nothing was sent.', options)),
        );
      }
    }
    this.waiting.clear();
    // What comes later in this turn is rejected by itself.
    this.open = undefined;
  }

  private newBatch(isSent: boolean): Batch {
    return { isSent, giveUpAt: performance.now() + this.timeoutMs, calls: [], unanswered: 0, deadline: undefined };
  }
}

function asItIs(error: Error): Error {
  return error;
}
