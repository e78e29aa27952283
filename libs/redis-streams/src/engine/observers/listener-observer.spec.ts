import { describe, expect, it } from 'vitest';
import { subscriptionOptions } from '../../../../../test/support/engine.js';
import type { StreamHooks } from '../../model/hooks.js';
import type { Log } from '../../model/log.js';
import type { RetryVerdict } from '../../model/policy/retry-policy.js';
import { type EngineEvent, EngineEvents } from '../events.js';
import { Lease } from '../state/deliveries/delivery.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import { EventListeners } from './event-listeners.js';
import { listenerObserver } from './listener-observer.js';

const lease = new Lease('1-0', 2, 0);
const EVENT = { stream: 'orders', group: 'workers', entryId: '1-0', deliveryCount: 2 };
const error = new Error('no luck');

function observerOf(hooks: StreamHooks) {
  return listenerObserver(new EventListeners(hooks, {} as Log));
}

/** What listeners of all events are told of this one. */
function told(event: EngineEvent, options?: Partial<SubscriptionOptions>): unknown[][] {
  const calls: unknown[][] = [];
  const note = (name: string) => (value: unknown) => void calls.push([name, value]);
  const hooks: Required<StreamHooks> = {
    ...{ completed: note('completed'), deliveryFailed: note('deliveryFailed'), postponed: note('postponed') },
    ...{ handedBack: note('handedBack'), deadLettered: note('deadLettered') },
    ...{ cancelled: note('cancelled'), expired: note('expired') },
  };
  new EngineEvents(subscriptionOptions(options), [observerOf(hooks)]).emit(event);
  return calls;
}

function wantsCompleted(hooks: StreamHooks): boolean {
  return new EngineEvents(subscriptionOptions(), [observerOf(hooks)]).wants('completed');
}

function retry(because: RetryVerdict['because']): EngineEvent {
  const verdict: RetryVerdict = {
    kind: 'retry',
    because,
    delayMs: 1_000,
    deliveryCount: 2,
    error,
    remark: 'by a filter',
  };
  return { type: 'retryScheduled', lease, verdict };
}

describe('listeners are told', () => {
  it('of each task that is done', () => {
    const other = new Lease('2-0', 1, 0);
    expect(told({ type: 'completed', leases: [lease, other] })).toEqual([
      ['completed', EVENT],
      ['completed', { ...EVENT, entryId: '2-0', deliveryCount: 1 }],
    ]);
  });

  it('of a failure and of what was postponed, each by its name', () => {
    const event = { ...EVENT, error, errorText: 'Error: no luck; by a filter', retryInMs: 1_000 };
    expect(told(retry('failure'))).toEqual([['deliveryFailed', event]]);
    expect(told(retry('postponed'))).toEqual([['postponed', event]]);
  });

  it('of what was handed back', () => {
    expect(told({ type: 'handedBack', lease })).toEqual([['handedBack', EVENT]]);
  });

  it('of a dead letter, with the runs that were started and whether it is kept', () => {
    const verdict = { kind: 'dead-letter', reason: 'unrecoverable', deliveries: 1, error } as const;
    const event = { ...EVENT, deliveryCount: 1, error, errorText: 'Error: no luck', reason: 'unrecoverable' };
    expect(told({ type: 'deadLettered', lease, verdict })).toEqual([['deadLettered', { ...event, kept: true }]]);
    expect(told({ type: 'deadLettered', lease, verdict }, { deadLetter: undefined })).toEqual([
      ['deadLettered', { ...event, kept: false }],
    ]);
  });
});

describe('nobody listens', () => {
  it('for what is done: that event is not wanted', () => {
    expect(wantsCompleted({ handedBack: () => undefined })).toBe(false);
    expect(wantsCompleted({ completed: () => undefined })).toBe(true);
  });

  it('for failures: their text, which costs, is not made', () => {
    let looks = 0;
    const unread = new Proxy(error, { get: () => void looks++ });
    const verdict: RetryVerdict = { kind: 'retry', because: 'failure', delayMs: 0, deliveryCount: 2, error: unread };
    const events = new EngineEvents(subscriptionOptions(), [observerOf({ postponed: () => expect.unreachable() })]);
    events.emit({ type: 'retryScheduled', lease, verdict });
    expect(looks).toBe(0);
  });
});
