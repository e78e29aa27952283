import { REMOVED_AFTER } from '../../model/policy/lease-rule.js';
import type { Group } from '../../model/ports/group.js';
import { Periodic } from '../../timing/periodic.js';
import type { EngineEvents } from '../events.js';
import type { SubscriptionOptions } from '../subscription-options.js';

const LONGEST_INTERVAL_MS = 60_000;
/** A consumer that waits for entries is heard of with each read; one that missed so many is no longer there. */
const MISSED_READS = 4;

/** Removes dead consumers that hold nothing, now and then. Nothing here is urgent, and all of it can be late. */
export class ConsumerPruner {
  private readonly periodic: Periodic;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly group: Group,
    private readonly events: EngineEvents,
  ) {
    const intervalMs = Math.min(LONGEST_INTERVAL_MS, options.leaseMs * REMOVED_AFTER);
    this.periodic = new Periodic(
      () => intervalMs,
      () => void this.prune(),
    );
  }

  start(): void {
    this.periodic.start();
  }

  stop(): void {
    this.periodic.stop();
  }

  private async prune(): Promise<void> {
    const names = await this.group.pruneConsumers(MISSED_READS * this.options.blockMs).catch(() => []);
    if (names.length > 0) this.events.emit({ type: 'consumersRemoved', names });
  }
}
