import { describe, expect, it } from 'vitest';
import { RedisStreamsConfigError, RedisUnavailableError } from '../model/errors/errors.js';
import type { GroupInfo, Queries } from '../model/ports/queries.js';
import { type FailureKind, RedisFailure } from '../model/ports/redis-failure.js';
import { StreamNames } from '../options/stream-names.js';
import { StreamMonitor } from './stream-monitor.js';

const STREAM: string = 'ai:queue';
const LOG = { debug() {}, log() {}, warn() {}, error() {} };

const group = (name: string, lag?: number): GroupInfo => ({ name, lastDeliveredId: '5-0', pending: 1, lag });

/** A stream of ten entries, with one group, but for the given answers. */
function monitorOf(answers: Partial<Queries>): StreamMonitor {
  const queries: Queries = {
    streams: async () => [STREAM],
    between: async () => ({ count: 1, isExact: true }),
    stream: async () => ({ length: 10, lastGeneratedId: '10-0' }),
    groups: async () => [group('workers')],
    consumers: async () => [],
    pending: async () => ({ oldestId: '4-0', retryScheduled: 0 }),
    backlog: async () => ({ count: 5, isExact: true }),
    firstAfter: async () => '6-0',
    range: async () => [],
    deadLetterRange: async () => [],
    delayed: async () => ({ count: 0, nextDueAt: undefined }),
    deadLetters: async () => 0,
    ...answers,
  };
  return new StreamMonitor(queries, new StreamNames(undefined, LOG));
}

function failure(message: string, kind: FailureKind): RedisFailure {
  const answer = new Error(message);
  return new RedisFailure(message, { kind, remedy: '', isRefusal: false }, answer);
}

describe('stats', () => {
  it('leaves out a group that is removed between two questions', async () => {
    const monitor = monitorOf({
      groups: async () => [group('stays'), group('goes')],
      pending: async (_, name) => {
        if (name === 'goes') throw failure('NOGROUP No such consumer group', 'group-missing');
        return { oldestId: undefined, retryScheduled: 0 };
      },
    });
    const { groups, heldBy } = await monitor.stats(STREAM);
    expect(groups.map((stats) => stats.group)).toEqual(['stays']);
    expect(heldBy).toMatchObject({ group: 'stays', sinceEntryId: '6-0' });
  });

  it.each([
    ['its own count, where that is exact', { count: 5, isExact: true }, 3, { count: 5, isExact: true }],
    [
      'the server’s count, where its own stopped early',
      { count: 2_000, isExact: false },
      9_000,
      { count: 9_000, isExact: true },
    ],
    [
      'its own lower bound, where the server has none',
      { count: 2_000, isExact: false },
      undefined,
      { count: 2_000, isExact: false },
    ],
  ])('takes %s', async (_what, counted, lag, told) => {
    const monitor = monitorOf({ groups: async () => [group('workers', lag)], backlog: async () => counted });
    expect((await monitor.stats(STREAM)).groups[0]!.backlog).toEqual(told);
  });
});

describe('an answer that is an error', () => {
  const noPermission = failure("NOPERM this user has no permissions to run the 'eval' command", 'forbidden');
  const calls: [string, keyof Queries, (monitor: StreamMonitor) => Promise<unknown>][] = [
    ['stats', 'stream', (monitor) => monitor.stats(STREAM)],
    // One of the second round.
    ['stats', 'backlog', (monitor) => monitor.stats(STREAM)],
    ['history', 'range', (monitor) => monitor.history(STREAM).next()],
    ['deadLetters', 'deadLetterRange', (monitor) => monitor.deadLetters(STREAM).next()],
  ];

  it.each(calls)('to %s (%s) names the call, and has Redis’s own error as cause', async (call, question, ask) => {
    const monitor = monitorOf({ [question]: () => Promise.reject(noPermission) });
    const error = await ask(monitor).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'Error',
      message: `${call}('${STREAM}'): Redis refused: ${noPermission.message}.`,
      cause: noPermission.cause,
    });
  });

  it('because the key is no stream is a mistake in the call', async () => {
    const monitor = monitorOf({
      stream: () => Promise.reject(failure('WRONGTYPE Operation against a key', 'wrong-type')),
    });
    await expect(monitor.stats(STREAM)).rejects.toThrow(RedisStreamsConfigError);
  });
});

it('a question without an answer fails as such', async () => {
  const silence = new RedisUnavailableError('Redis did not answer');
  await expect(monitorOf({ groups: () => Promise.reject(silence) }).stats(STREAM)).rejects.toBe(silence);
  await expect(monitorOf({ pending: () => Promise.reject(silence) }).stats(STREAM)).rejects.toBe(silence);
});
