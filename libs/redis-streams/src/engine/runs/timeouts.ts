import { DeadlineQueue } from '../../timing/deadline-queue.js';
import { HandlerTimeoutError } from '../../model/errors/errors.js';
import type { Run } from '../state/delivery.js';

/**
 * JavaScript cannot stop a handler: at `timeoutMs` its signal aborts; a run that has not ended `abortGraceMs` later has
 * failed, though it may go on.
 */
export class Timeouts {
  private readonly untilAbort: DeadlineQueue<Run> | undefined;
  private readonly untilFailure: DeadlineQueue<Run>;

  constructor(
    timeoutMs: number | undefined,
    abortGraceMs: number,
    onFailure: (run: Run, error: HandlerTimeoutError) => void,
  ) {
    const error = () => new HandlerTimeoutError(`The handler did not end within its timeoutMs of ${timeoutMs} ms.`);
    this.untilFailure = new DeadlineQueue(abortGraceMs, (run) => onFailure(run, error()));
    if (timeoutMs === undefined) return;
    this.untilAbort = new DeadlineQueue(timeoutMs, (run) => {
      run.abort(error());
      run.deadline = this.untilFailure.add(run);
    });
  }

  watch(run: Run): void {
    run.deadline = this.untilAbort?.add(run);
  }

  unwatch(run: Run): void {
    run.deadline?.cancel();
  }

  close(): void {
    this.untilAbort?.clear();
    this.untilFailure.clear();
  }
}
