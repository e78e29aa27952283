import { expect, it } from 'vitest';
import { subscriptionOptions } from '../../../../test/support/engine.js';
import { EngineEvents } from './events.js';

it('an event goes to each observer that wants it, in their order, with the subscription that it is of', () => {
  const told: unknown[] = [];
  const options = subscriptionOptions();
  const events = new EngineEvents(options, [
    { loopResumed: (event, of) => told.push('first', event, of) },
    { loopInterrupted: () => expect.unreachable() },
    { loopResumed: (event, of) => told.push('last', event, of) },
  ]);
  const event = { type: 'loopResumed', afterMs: 5 } as const;
  events.emit(event);
  events.emit({ type: 'consumersRemoved', names: [] });
  expect(told).toEqual(['first', event, options, 'last', event, options]);
});

it('an event is wanted where one observer has a method for it', () => {
  const events = new EngineEvents(subscriptionOptions(), [{}, { started: () => undefined, completed: undefined }]);
  expect(events.wants('started')).toBe(true);
  expect(events.wants('completed')).toBe(false);
  expect(new EngineEvents(subscriptionOptions(), []).wants('started')).toBe(false);
});

it('an observer is called as a method of its own', () => {
  const observer = {
    count: 0,
    loopResumed() {
      this.count++;
    },
  };
  new EngineEvents(subscriptionOptions(), [observer]).emit({ type: 'loopResumed', afterMs: 5 });
  expect(observer.count).toBe(1);
});
