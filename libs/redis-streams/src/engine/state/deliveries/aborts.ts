import { HandlerTimeoutError } from '../../../model/errors/errors.js';
import { TaskExpiredError } from '../../../model/errors/task-errors.js';
import { DeadlineQueue } from '../../../timing/deadline-queue.js';
import { LONGEST_TIMER_MS } from '../../../timing/longest-timer.js';
import type { Run } from './delivery.js';

/**
 * Ends runs before they end by themselves. JavaScript cannot stop a handler: its signal aborts, at `timeoutMs`, at the task's deadline
 * or because somebody asks for it; a run that has not ended `abortGraceMs` later is over as far as its task is concerned, though it
 * may go on.
 */
export class Aborts {
  private readonly untilTimeout: DeadlineQueue<Run> | undefined;
  private readonly untilOver: DeadlineQueue<Run>;
  private readonly atDeadline = new Set<NodeJS.Timeout>();
  private onOver: (run: Run, reason: Error) => void = () => {};

  constructor(timeoutMs: number | undefined, abortGraceMs: number) {
    this.untilOver = new DeadlineQueue(abortGraceMs, (run) => this.onOver(run, run.abortReason as Error));
    if (timeoutMs === undefined) return;
    this.untilTimeout = new DeadlineQueue(timeoutMs, (run) =>
      this.abort(run, new HandlerTimeoutError(`The handler did not end within its timeoutMs of ${timeoutMs} ms.`)),
    );
  }

  /** Calls back for a run that has not ended in spite of its signal, with the reason. */
  whenOver(listener: (run: Run, reason: Error) => void): void {
    this.onOver = listener;
  }

  /** @param inMs until the task's deadline, where it has one */
  watch(run: Run, inMs?: number): void {
    run.watch = this.untilTimeout?.add(run);
    if (inMs !== undefined) this.watchDeadline(run, inMs);
  }

  unwatch(run: Run): void {
    run.watch?.cancel();
  }

  /** The first reason stays. */
  abort(run: Run, reason: Error): void {
    run.toldToEndAt ??= performance.now();
    if (run.abortReason !== undefined) return;
    run.watch?.cancel();
    run.abort(reason);
    run.watch = this.untilOver.add(run);
  }

  close(): void {
    this.untilTimeout?.clear();
    this.untilOver.clear();
    for (const timer of this.atDeadline) clearTimeout(timer);
    this.atDeadline.clear();
  }

  /** Deadlines are all different, and few: each has a timer. */
  private watchDeadline(run: Run, inMs: number): void {
    const timeout = run.watch;
    const deadline = performance.now() + inMs;
    let timer: NodeJS.Timeout;
    const startTimer = () => {
      const leftMs = deadline - performance.now();
      timer = setTimeout(
        () => {
          this.atDeadline.delete(timer);
          if (performance.now() < deadline) startTimer();
          else this.abort(run, new TaskExpiredError('The task has reached its deadline.'));
        },
        Math.min(Math.max(1, Math.ceil(leftMs)), LONGEST_TIMER_MS),
      ).unref();
      this.atDeadline.add(timer);
    };
    startTimer();
    run.watch = {
      cancel: () => {
        clearTimeout(timer);
        this.atDeadline.delete(timer);
        timeout?.cancel();
      },
    };
  }
}
