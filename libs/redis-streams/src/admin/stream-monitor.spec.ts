import { describe, expect, it } from 'vitest';
import { RedisStreamsConfigError, RedisUnavailableError } from '../model/errors/errors.js';
import type { GroupLook, Queries, StreamLook } from '../model/ports/queries.js';
import { type FailureKind, RedisFailure } from '../model/ports/redis-failure.js';
import { StreamNames } from '../options/stream-names.js';
import { StreamMonitor } from './stream-monitor.js';

const STREAM: string = 'ai:queue';

const LOOK: StreamLook = {
  serverNow: 20_000,
  length: 10,
  lastGeneratedId: '10000-0',
  entriesAdded: undefined,
  addedLately: undefined,
  deadLetters: 0,
  delayed: { count: 0, due: 0, nextDueAt: undefined },
  writesRefused: undefined,
  notAllowed: [],
  groups: [],
};

/** A monitor of a stream of ten entries, but for the given answers, and what it warned of. */
function setUp(answers: Partial<Queries>) {
  const warnings: string[] = [];
  const log = { warn: (text: string) => void warnings.push(text) };
  const queries: Queries = {
    between: async () => ({ count: 1, isExact: true }),
    look: async () => LOOK,
    memory: async () => ({ entries: 1, deadLetters: 2, delayed: 3 }),
    range: async () => [],
    deadLetterRange: async () => [],
    names: async () => ({ streams: [], next: undefined, scanned: 1_000 }),
    scheduledStreams: async () => [],
    ...answers,
  };
  return { monitor: new StreamMonitor(queries, new StreamNames(undefined, log), log), warnings };
}

function failure(message: string, kind: FailureKind): RedisFailure {
  return new RedisFailure(message, { kind, remedy: '', isRefusal: false }, new Error(message));
}

const NO_PERMISSION = failure("NOPERM this user has no permissions to run the 'eval' command", 'forbidden');

describe('an answer that is an error', () => {
  const calls: [string, keyof Queries, (monitor: StreamMonitor) => Promise<unknown>][] = [
    ['stats', 'look', (monitor) => monitor.stats(STREAM)],
    ['overview', 'look', (monitor) => monitor.overview(STREAM)],
    ['history', 'range', (monitor) => monitor.history(STREAM).next()],
    ['deadLetters', 'deadLetterRange', (monitor) => monitor.deadLetters(STREAM).next()],
  ];

  it.each(calls)('to %s (%s) names the call, and has Redis’s own error as cause', async (call, question, ask) => {
    const { monitor } = setUp({ [question]: () => Promise.reject(NO_PERMISSION) });
    expect(await ask(monitor).catch((reason: unknown) => reason)).toMatchObject({
      name: 'Error',
      message: `${call}('${STREAM}'): Redis refused: ${NO_PERMISSION.message}.`,
      cause: NO_PERMISSION.cause,
    });
  });

  it('because the key is no stream is a mistake in the call', async () => {
    const wrong = failure('WRONGTYPE Operation against a key', 'wrong-type');
    const { monitor } = setUp({ look: () => Promise.reject(wrong) });
    await expect(monitor.stats(STREAM)).rejects.toThrow(RedisStreamsConfigError);
    await expect(monitor.overview(STREAM)).rejects.toThrow(RedisStreamsConfigError);
  });
});

it('a question without an answer fails as such', async () => {
  const silence = new RedisUnavailableError('Redis did not answer');
  const { monitor } = setUp({ look: () => Promise.reject(silence), names: () => Promise.reject(silence) });
  await expect(monitor.stats(STREAM)).rejects.toBe(silence);
  await expect(monitor.overview(STREAM)).rejects.toBe(silence);
  await expect(monitor.streams({ scan: true })).rejects.toBe(silence);
});

describe('what this user may not ask', () => {
  it('is left out of an overview, each with one warning', async () => {
    const { monitor, warnings } = setUp({
      look: async () => ({ ...LOOK, notAllowed: ['ZCOUNT', 'TIME'] }),
      memory: () => Promise.reject(NO_PERMISSION),
    });
    expect(await monitor.overview(STREAM, { memory: true })).toMatchObject({ stream: STREAM, memory: undefined });
    await monitor.overview(STREAM, { memory: true });
    expect(warnings.map((text) => /use (\w+):/.exec(text)?.[1])).toEqual(['MEMORY', 'ZCOUNT', 'TIME']);
  });

  it('is left out of the list of streams', async () => {
    const { monitor, warnings } = setUp({ names: () => Promise.reject(NO_PERMISSION) });
    await monitor.stats(STREAM);
    expect(await monitor.streams({ scan: true })).toEqual({ streams: [STREAM], scannedKeys: 0, isComplete: false });
    expect(warnings).toEqual([expect.stringContaining('SCAN')]);
  });
});

const page = (streams: string[], next: string | undefined) => ({ streams, next, scanned: 1_000 });

describe('the list of streams', () => {
  it('has those that are known, those with schedules, and with a scan those on the server', async () => {
    const { monitor } = setUp({
      scheduledStreams: async () => ['digests'],
      names: async (from) => (from === undefined ? page(['b'], '0:7') : page(['a', 'b'], undefined)),
    });
    await monitor.stats(STREAM);
    expect(await monitor.streams()).toEqual({ streams: [STREAM, 'digests'], scannedKeys: 0, isComplete: false });
    expect(await monitor.streams({ scan: true })).toEqual({
      streams: ['a', STREAM, 'b', 'digests'],
      scannedKeys: 2_000,
      isComplete: true,
    });
  });

  it('says where it stopped looking', async () => {
    const { monitor } = setUp({ names: async () => page(['a'], '0:7') });
    expect(await monitor.streams({ scan: 2_500 })).toEqual({ streams: ['a'], scannedKeys: 3_000, isComplete: false });
    expect(await monitor.streams({ scan: true })).toMatchObject({ scannedKeys: 1_000_000, isComplete: false });
  });

  it.each([0, -1, 1.5, NaN, 'yes'])('refuses scan: %s', async (scan) => {
    const { monitor } = setUp({});
    await expect(monitor.streams({ scan: scan as number })).rejects.toThrow(/streams\(\): scan must be/);
  });
});

const GROUP: GroupLook = {
  name: 'workers',
  lastDeliveredId: '5-0',
  pending: 1,
  entriesRead: undefined,
  oldestPendingId: '4-0',
  pendingSince: 4,
  firstWaitingId: '6-0',
  backlog: { count: 5, isExact: true },
  retryScheduled: 0,
  retryDue: 0,
  nextRetryAt: undefined,
  finished: undefined,
  pause: undefined,
  consumers: [],
};

const monitorOf = (group: Partial<GroupLook>, look: Partial<StreamLook> = {}) =>
  setUp({ look: async () => ({ ...LOOK, groups: [{ ...GROUP, ...group }], ...look }) }).monitor;
const delayed = (due: number | undefined) => ({ delayed: { count: 10, due, nextDueAt: 0 } });

describe('the backlog of a group', () => {
  it('is what waits, runs, and is due again', async () => {
    const monitor = monitorOf({ pending: 7, retryScheduled: 4, retryDue: 2 }, delayed(10));
    expect(await monitor.backlog(STREAM)).toEqual({
      ...{ value: 20, paused: false, waiting: 5, running: 3, dueRetries: 2, delayedDue: 10, exact: true },
    });
  });

  it('of a paused group is what runs: more workers would have nothing to do', async () => {
    const pause = { reason: undefined, by: 'ops', since: new Date(0), until: undefined };
    const monitor = monitorOf({ pause, pending: 3, retryScheduled: 2, retryDue: 2 }, delayed(3));
    expect(await monitor.backlog(STREAM)).toMatchObject({ value: 1, waiting: 5, running: 1, paused: true });
    expect((await monitor.stats(STREAM)).groups).toMatchObject([{ paused: pause }]);
    expect((await monitor.overview(STREAM)).groups).toMatchObject([{ state: 'paused', paused: pause }]);
  });

  it('is not exact where something could not be counted', async () => {
    const long = monitorOf({ backlog: { count: 2_000, isExact: false } });
    expect(await long.backlog(STREAM)).toMatchObject({ value: 2_001, exact: false });
    expect(await monitorOf({ retryDue: undefined }).backlog(STREAM)).toMatchObject({ value: 6, exact: false });
    expect(await monitorOf({}, delayed(undefined)).backlog(STREAM)).toMatchObject({ value: 6, exact: false });
  });

  it('of a group that nobody has created is one at most, whether entries or delayed tasks wait: for who may be misspelt', async () => {
    const options = { group: 'wrokers' };
    expect(await monitorOf({}).backlog(STREAM, options)).toMatchObject({ value: 1, waiting: 1, exact: false });
    const waiting = monitorOf({}, { length: 0, ...delayed(9) });
    expect(await waiting.backlog(STREAM, options)).toMatchObject({ value: 1, delayedDue: 1 });
    expect(await monitorOf({}, { length: 0 }).backlog(STREAM, options)).toMatchObject({ value: 0, exact: true });
  });

  it('is no number where Redis does not answer', async () => {
    const { monitor } = setUp({ look: () => Promise.reject(new RedisUnavailableError('silence')) });
    await expect(monitor.backlog(STREAM)).rejects.toBeInstanceOf(RedisUnavailableError);
    await expect(monitorOf({}).backlog(STREAM, { grop: 'x' } as never)).rejects.toThrow("Unknown option 'grop'");
  });
});
