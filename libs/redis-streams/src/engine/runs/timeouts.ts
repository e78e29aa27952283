import { DeadlineQueue } from '../../timing/deadline-queue.js';
import { HandlerTimeoutError } from '../../model/errors/errors.js';
import type { Delivery } from './delivery.js';

/**
 * JavaScript cannot stop a handler: at `timeoutMs` its signal aborts; a run that has not ended `abortGraceMs` later has
 * failed, though it may go on.
 */
export class Timeouts {
  private readonly untilAbort: DeadlineQueue<Delivery> | undefined;
  private readonly untilFailure: DeadlineQueue<Delivery>;

  constructor(
    timeoutMs: number | undefined,
    abortGraceMs: number,
    private readonly onFailure: (delivery: Delivery, error: HandlerTimeoutError) => void,
  ) {
    const error = () => new HandlerTimeoutError(`The handler did not end within its timeoutMs of ${timeoutMs} ms.`);
    this.untilFailure = new DeadlineQueue(abortGraceMs, (delivery) => this.onFailure(delivery, error()));
    if (timeoutMs === undefined) return;
    this.untilAbort = new DeadlineQueue(timeoutMs, (delivery) => {
      delivery.abort(error());
      delivery.deadline = this.untilFailure.add(delivery);
    });
  }

  watch(delivery: Delivery): void {
    delivery.deadline = this.untilAbort?.add(delivery);
  }

  unwatch(delivery: Delivery): void {
    delivery.deadline?.cancel();
  }

  close(): void {
    this.untilAbort?.clear();
    this.untilFailure.clear();
  }
}
