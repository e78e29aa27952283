import { errorText } from '../../model/errors/error-text.js';
import type { DeliveryEvent } from '../../model/hooks.js';
import type { EngineObserver } from '../events.js';
import type { Ownership } from '../../model/ports/settlement.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import type { EventListeners } from './event-listeners.js';

/** Tells the app's listeners of settled outcomes. Most applications do not listen for what went well, and should not pay for it. */
export function listenerObserver(listeners: EventListeners): EngineObserver {
  return {
    ...(listeners.has('completed') && {
      completed: ({ leases }, of) => {
        for (const lease of leases) listeners.tell('completed', deliveryEvent(lease, of));
      },
    }),
    retryScheduled: ({ lease, verdict }, of) => {
      const { error, remark, delayMs: retryInMs, because } = verdict;
      const event = because === 'postponed' ? 'postponed' : 'deliveryFailed';
      if (!listeners.has(event)) return;
      listeners.tell(event, { ...deliveryEvent(lease, of), error, errorText: errorText(error, remark), retryInMs });
    },
    handedBack: ({ lease }, of) => listeners.tell('handedBack', deliveryEvent(lease, of)),
    ended: ({ lease, verdict: { state, error, remark } }, of) =>
      listeners.tell(state, { ...deliveryEvent(lease, of), error, errorText: errorText(error, remark) }),
    deadLettered: ({ lease, verdict }, of) => {
      const { error, remark, reason, deliveries } = verdict;
      const kept = of.deadLetter !== undefined;
      const event = { ...deliveryEvent(lease, of), deliveryCount: deliveries };
      listeners.tell('deadLettered', { ...event, error, errorText: errorText(error, remark), reason, kept });
    },
  };
}

/** What every event about a delivery tells: also the fields of a log line. */
export function deliveryEvent(
  { entryId, deliveryCount }: Ownership,
  { stream, group }: SubscriptionOptions,
): DeliveryEvent {
  return { stream, group, entryId, deliveryCount };
}
