import { describe, expect, it } from 'vitest';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { isOwnId } from '../../wire/tasks/own-id.js';
import { delayOf, type Due } from './add-delay.js';

const inAnHour = new Date(Date.now() + 3_600_000);

describe('when a task is due', () => {
  it('is now where nobody says it, or says that it is', () => {
    for (const given of [{}, { delayMs: 0 }]) {
      expect(delayOf(given, undefined)).toBeUndefined();
    }
  });

  it('is counted from its add on, or a time; the task has an id of its own', () => {
    const delayed = [{ delayMs: 5_000 }, { runAt: inAnHour }, { runAt: new Date(7) }].map((due) =>
      delayOf(due, undefined),
    );
    expect(delayed.map((delay) => delay?.due)).toEqual(['+5000', String(inAnHour.getTime()), '7']);
    expect(delayed.every((delay) => isOwnId(delay!.taskId))).toBe(true);
    expect(delayed[0]!.taskId).not.toBe(delayed[1]!.taskId);
  });

  it('is before its deadline', () => {
    expect(() => delayOf({ runAt: inAnHour }, inAnHour)).toThrow(/would never run/);
    expect(delayOf({ runAt: inAnHour }, new Date(inAnHour.getTime() + 1))).toBeDefined();
  });

  it.each<[unknown, RegExp]>([
    [{ delayMs: -1 }, /delayMs must be a whole number, 0 to/],
    [{ delayMs: NaN }, /delayMs/],
    [{ delayMs: 1.5 }, /delayMs/],
    [{ delayMs: '5' }, /delayMs/],
    [{ delayMs: 315_360_000_001 }, /delayMs/],
    [{ delayMs: 5, runAt: inAnHour }, /give one of them/],
    [{ delayMs: 0, runAt: inAnHour }, /give one of them/],
    [{ runAt: '2030-01-01' }, /runAt must be a valid Date/],
    [{ runAt: new Date(NaN) }, /runAt must be a valid Date/],
    [{ runAt: new Date(Date.now() + 4e11) }, /within ten years/],
  ])('%o is refused', (given, message) => {
    expect(() => delayOf(given as Due, undefined)).toThrow(RedisStreamsConfigError);
    expect(() => delayOf(given as Due, undefined)).toThrow(message);
  });
});
