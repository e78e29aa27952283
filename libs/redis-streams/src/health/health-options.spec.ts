import { describe, expect, it } from 'vitest';
import { resolveLivenessOptions, resolveReadinessOptions } from './health-options.js';

describe('options of readiness', () => {
  it('that are left out ask for no backlog', () => {
    const byDefault = { timeoutMs: 1_000, limits: undefined, targets: undefined };
    for (const none of [undefined, {}, { maxBacklog: undefined, streams: undefined }])
      expect(resolveReadinessOptions(none)).toEqual(byDefault);
  });

  it('say which groups the limits are for, each once', () => {
    const { limits, targets } = resolveReadinessOptions({ maxOldestAgeMs: 5, streams: ['a', 'b', 'a'], group: 'g' });
    expect(limits).toEqual({ maxBacklog: undefined, maxOldestAgeMs: 5 });
    expect(targets).toEqual([
      { stream: 'a', group: 'g' },
      { stream: 'b', group: 'g' },
    ]);
    expect(resolveReadinessOptions({ maxBacklog: 1, streams: ['a'] }).targets).toEqual([
      { stream: 'a', group: 'workers' },
    ]);
  });

  it.each<[object, string]>([
    [{ maxBacklog: 0 }, 'readiness: maxBacklog must be a whole number, 1 or more, got 0.'],
    [{ maxBacklog: -1 }, 'readiness: maxBacklog must be a whole number, 1 or more, got -1.'],
    [{ maxBacklog: '10' }, 'readiness: maxBacklog must be a whole number, 1 or more, got "10".'],
    [{ maxOldestAgeMs: Number.NaN }, 'readiness: maxOldestAgeMs must be a whole number, 1 or more, got NaN.'],
    [{ maxOldestAgeMs: Infinity }, 'readiness: maxOldestAgeMs must be a whole number, 1 or more, got Infinity.'],
    [{ timeoutMs: 0 }, 'readiness: timeoutMs must be a whole number, 1 to 60000, got 0.'],
    [{ timeoutMs: 60_001 }, 'readiness: timeoutMs must be a whole number, 1 to 60000, got 60001.'],
    [
      { maxBacklog: 1, streams: [] },
      "readiness: streams must be a list of streams, as in ['ai:inference:queue'], got [].",
    ],
    [
      { maxBacklog: 1, streams: 'a' },
      'readiness: streams must be a list of streams, as in [\'ai:inference:queue\'], got "a".',
    ],
    [
      { streams: ['a'] },
      'readiness: streams must be left out without maxBacklog or maxOldestAgeMs, as they are what these are for, got ["a"].',
    ],
    [
      { maxBacklog: 1, group: 'g' },
      'readiness: group must be left out without streams, as it is the group of these, got "g".',
    ],
    [{ maxBacklog: 1, streams: ['a'], group: '' }, 'readiness: group must be'],
    [{ maxAgeMs: 1 }, "Unknown option 'maxAgeMs' in the options of readiness."],
    [{ maxbacklog: 1 }, "Did you mean 'maxBacklog'?"],
    [[], 'readiness: the options must be an object, got [].'],
  ])('%j: %s', (options, message) => {
    expect(() => resolveReadinessOptions(options)).toThrow(message);
  });
});

describe('options of liveness', () => {
  it('that are left out give handlers five minutes', () => {
    expect(resolveLivenessOptions(undefined)).toEqual({ stuckMs: 300_000 });
  });

  it.each<[object, string]>([
    [{ stuckMs: 0 }, 'liveness: stuckMs must be a whole number, 1000 or more, got 0.'],
    [{ stuckMs: 1.5e9 + 0.5 }, 'liveness: stuckMs must be a whole number, 1000 or more, got 1500000000.5.'],
    [{ stuck: 1 }, "Unknown option 'stuck' in the options of liveness. Did you mean 'stuckMs'?"],
  ])('%j: %s', (options, message) => {
    expect(() => resolveLivenessOptions(options)).toThrow(message);
  });
});
