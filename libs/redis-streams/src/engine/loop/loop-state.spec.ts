import { expect, it } from 'vitest';
import { type EngineEvent, EngineEvents } from '../events.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import { LoopState } from './loop-state.js';

it('tells each reason of an interruption once, also when they alternate, and again in the next one', () => {
  const told: EngineEvent[] = [];
  const note = (event: EngineEvent) => told.push(event);
  const observer = { loopInterrupted: note, loopStillInterrupted: note, loopResumed: note };
  const state = new LoopState(new EngineEvents({} as SubscriptionOptions, [observer]));
  state.read();
  for (let n = 0; n < 3; n++) {
    state.failed('WRONGTYPE');
    state.failed('READONLY');
    expect(state.reason).toBe('READONLY');
  }
  expect(told).toEqual([
    { type: 'loopInterrupted', reason: 'WRONGTYPE' },
    { type: 'loopStillInterrupted', reason: 'READONLY' },
  ]);
  state.read();
  expect(told.at(-1)).toMatchObject({ type: 'loopResumed' });
  state.failed('READONLY');
  expect(told.at(-1)).toEqual({ type: 'loopInterrupted', reason: 'READONLY' });
});
