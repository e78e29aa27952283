import type { Deadline } from '../../timing/deadline-queue.js';
import { NotReplicatedError } from '../../model/errors/errors.js';
import { asAppendError, timeoutError } from './append-errors.js';
import type { TracedEntry, XaddArguments } from './xadd.js';

export interface ReplicatedAddCommand {
  readonly args: XaddArguments;
  /** How many replicas must have it. */
  readonly minReplicas: number;
  /** When its caller is told in any case, on performance.now's clock. */
  readonly giveUpAt: number;
}

/** An add that waits for replicas: open until its caller is told, once, what became of it. */
export class ReplicatedAdd {
  isOpen = true;
  isSent = false;
  /** Known as soon as it was added. */
  entry: TracedEntry | undefined;
  deadline: Deadline | undefined;
  private replicas = 0;

  constructor(
    readonly command: ReplicatedAddCommand,
    private readonly resolve: (entryId: string) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  /** So many replicas have it now. */
  confirmedBy(replicas: number): void {
    this.replicas = replicas;
    if (replicas >= this.command.minReplicas) this.end(() => this.resolve(this.entry!.entryId));
  }

  /** It cannot be confirmed any more, or was not added. */
  fail(error: Error): void {
    this.end(() => this.reject(this.notReplicated(error) ?? asAppendError(error)));
  }

  /** Its time is over. */
  giveUp(timeoutMs: number, cause: Error | undefined): void {
    const { isSent: wasSent } = this;
    this.end(() => this.reject(this.notReplicated(cause) ?? timeoutError({ call: 'add', wasSent, timeoutMs, cause })));
  }

  private notReplicated(cause: Error | undefined): NotReplicatedError | undefined {
    if (!this.entry) return undefined;
    return new NotReplicatedError(this.entry.entryId, this.replicas, this.command.minReplicas, { cause });
  }

  private end(tell: () => void): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.deadline?.cancel();
    tell();
  }
}
