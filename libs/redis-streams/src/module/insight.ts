import type { StreamMonitor } from '../admin/stream-monitor.js';
import type { SubscriptionStatus } from '../engine/subscription-status.js';
import { token } from '../wiring/provide.js';

/** What optional modules of this package may ask of the application. */
export interface Insight {
  /** What this process consumes, at once. */
  statuses(): readonly SubscriptionStatus[];
  /** How often connections were there again after they were lost, by role. */
  readonly reconnects: ReadonlyMap<string, number>;
  /** The option `streams`. */
  readonly listedStreams: readonly string[];
  readonly monitor: StreamMonitor;
}

export const INSIGHT = token<Insight>('insight');
