import type { DeadLetterStore } from '../../../model/ports/admin/dead-letters.js';
import type { OperationHold } from '../../../model/ports/admin/operations.js';

/** So often, in milliseconds, it is counted. */
const LOOK_EVERY_MS = 500;
/** Of fewer, the share says little. */
const LEAST = 20;
const MOST_SHARE = 0.2;

/** Stops a redrive whose tasks die again: what they died of is still there. */
export class LoopGuard {
  private lookAt = performance.now() + LOOK_EVERY_MS;

  constructor(private readonly store: Pick<DeadLetterStore, 'diedAgain'>) {}

  /** @returns why to stop; undefined for no reason */
  async why(hold: OperationHold): Promise<string | undefined> {
    if (performance.now() < this.lookAt) return undefined;
    this.lookAt = performance.now() + LOOK_EVERY_MS;
    const { diedAgain, done } = await this.store.diedAgain(hold);
    if (done < LEAST || diedAgain <= done * MOST_SHARE) return undefined;
    return `${diedAgain} of ${done} that were redriven have died again: see what they die of before it is resumed`;
  }
}
