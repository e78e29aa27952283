import { describe, expect, it } from 'vitest';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { deadlineField, type Expiry } from './add-deadline.js';

const inAnHour = new Date(Date.now() + 3_600_000);

describe('when a task expires', () => {
  it('is not said where nobody says it', () => expect(deadlineField({})).toBeUndefined());

  it('is said from its add on, or as a time', () => {
    expect(deadlineField({ ttlMs: 5 })).toEqual(['~.deadline', '+5']);
    expect(deadlineField({ deadlineAt: inAnHour })).toEqual(['~.deadline', String(inAnHour.getTime())]);
  });

  it.each<[unknown, RegExp]>([
    [{ ttlMs: 0 }, /ttlMs must be a whole number, 1 to/],
    [{ ttlMs: -1 }, /ttlMs/],
    [{ ttlMs: NaN }, /ttlMs/],
    [{ ttlMs: '5' }, /ttlMs/],
    [{ ttlMs: 315_360_000_001 }, /ttlMs/],
    [{ ttlMs: 5, deadlineAt: inAnHour }, /give one of them/],
    [{ deadlineAt: '2030-01-01' }, /deadlineAt must be a valid Date/],
    [{ deadlineAt: new Date(NaN) }, /deadlineAt must be a valid Date/],
    [{ deadlineAt: new Date(0) }, /deadlineAt is in the past: 1970/],
    [{ deadlineAt: new Date(Date.now() + 4e11) }, /within ten years/],
  ])('%o is refused', (given, message) => {
    expect(() => deadlineField(given as Expiry)).toThrow(RedisStreamsConfigError);
    expect(() => deadlineField(given as Expiry)).toThrow(message);
  });
});
