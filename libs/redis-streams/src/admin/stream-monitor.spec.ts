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
    pause: async () => undefined,
    backlog: async () => ({ count: 5, isExact: true }),
    firstAfter: async () => '6-0',
    range: async () => [],
    deadLetterRange: async () => [],
    delayed: async () => ({ count: 0, nextDueAt: undefined }),
    deadLetters: async () => 0,
    due: async () => ({ serverNow: 0, retries: 0, delayed: 0, workers: 1, isPaused: false }),
    memory: async () => undefined,
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

describe('the backlog of a group', () => {
  it('is what waits, runs, and is due again', async () => {
    const monitor = monitorOf({
      groups: async () => [{ ...group('workers'), pending: 7 }],
      pending: async () => ({ oldestId: '4-0', retryScheduled: 4 }),
      due: async () => ({ serverNow: 0, retries: 2, delayed: 10, workers: 1 }),
    });
    expect(await monitor.backlog(STREAM)).toEqual({
      ...{ value: 20, paused: false, waiting: 5, running: 3, dueRetries: 2, delayedDue: 10, exact: true },
    });
  });

  it('of a paused group is what runs: more workers would have nothing to do', async () => {
    const due = { serverNow: 0, retries: 2, delayed: 3, workers: 1, isPaused: true };
    expect(await monitorOf({ due: async () => due }).backlog(STREAM)).toMatchObject({
      value: 1,
      waiting: 5,
      paused: true,
    });
  });

  it('is not exact where something could not be counted', async () => {
    const long = monitorOf({ backlog: async () => ({ count: 2_000, isExact: false }) });
    expect(await long.backlog(STREAM)).toMatchObject({ value: 2_001, exact: false });
    const refused = monitorOf({ due: async () => ({ serverNow: 0, retries: undefined, delayed: 0, workers: 1 }) });
    expect(await refused.backlog(STREAM)).toMatchObject({ value: 6, exact: false });
  });

  it('of a group that nobody has created is one at most, whether entries or delayed tasks wait: for who may be misspelt', async () => {
    const options = { group: 'wrokers' };
    expect(await monitorOf({}).backlog(STREAM, options)).toMatchObject({ value: 1, waiting: 1, exact: false });
    const empty = { stream: async () => undefined };
    const delayed = { ...empty, due: async () => ({ serverNow: 0, retries: 0, delayed: 9, workers: 0 }) };
    expect(await monitorOf(delayed).backlog(STREAM, options)).toMatchObject({ value: 1, delayedDue: 1 });
    expect(await monitorOf(empty).backlog(STREAM, options)).toMatchObject({ value: 0, exact: true });
  });

  it('is no number where Redis does not answer', async () => {
    const silent = { pending: () => Promise.reject(new RedisUnavailableError('silence')) };
    await expect(monitorOf(silent).backlog(STREAM)).rejects.toBeInstanceOf(RedisUnavailableError);
    await expect(monitorOf({}).backlog(STREAM, { grop: 'x' } as never)).rejects.toThrow("Unknown option 'grop'");
  });
});
