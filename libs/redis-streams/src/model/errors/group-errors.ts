import type { ConsumerRemoval, GroupRemoval } from '../groups/group-removal.js';
import type { GroupState } from '../groups/group-state.js';

/** A `drain` that ended before its group was drained: its time was over, or somebody has resumed the group. `state` tells what runs, and where. */
export class DrainInterruptedError extends Error {
  override readonly name = 'DrainInterruptedError';

  constructor(
    readonly state: GroupState,
    message: string,
  ) {
    super(message);
  }
}

/** A group or consumer that is not removed, as something speaks against it: `plan` tells what. Nothing was changed. */
export class RemovalRefusedError extends Error {
  override readonly name = 'RemovalRefusedError';

  constructor(
    readonly plan: GroupRemoval | ConsumerRemoval,
    message: string,
  ) {
    super(message);
  }
}
