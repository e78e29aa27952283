import { expect, it, vi } from 'vitest';
import { LoopState } from './loop-state.js';

it('tells each reason of an interruption once, also when they alternate, and again in the next one', () => {
  const warn = vi.fn<(line: string) => void>();
  const log = { log: () => undefined, warn, error: () => undefined, debug: () => undefined };
  const state = new LoopState('tasks (workers)', log);
  state.read();
  for (let n = 0; n < 3; n++) {
    state.failed('WRONGTYPE');
    state.failed('READONLY');
    expect(state.reason).toBe('READONLY');
  }
  expect(warn.mock.calls).toEqual([
    ['tasks (workers): consuming is interrupted, trying on: WRONGTYPE'],
    ['tasks (workers): still interrupted: READONLY'],
  ]);
  state.read();
  state.failed('READONLY');
  expect(warn).toHaveBeenLastCalledWith('tasks (workers): consuming is interrupted, trying on: READONLY');
});
