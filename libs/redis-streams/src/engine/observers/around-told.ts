import type { EngineEvent, EngineEventType, EngineObserver } from '../events.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/** Stands around what observers are told of a delivery. It calls `tell` once, at once. */
export type AroundTold = (delivery: { readonly entryId: string }, of: SubscriptionOptions, tell: () => void) => void;

/** An observer that is told of each delivery with this around it. */
export function toldWithin(around: AroundTold, observer: EngineObserver): EngineObserver {
  const told: Partial<Record<EngineEventType, unknown>> = {};
  for (const type of Object.keys(observer) as EngineEventType[]) {
    const tell = observer[type] as (event: EngineEvent, of: SubscriptionOptions) => void;
    told[type] = (event: EngineEvent, of: SubscriptionOptions) => {
      if (event.type === 'completed') {
        for (const lease of event.leases) around(lease, of, () => tell({ ...event, leases: [lease] }, of));
      } else if ('lease' in event) around(event.lease, of, () => tell(event, of));
      else if ('run' in event) around(event.run, of, () => tell(event, of));
      else tell(event, of);
    };
  }
  return told as EngineObserver;
}
