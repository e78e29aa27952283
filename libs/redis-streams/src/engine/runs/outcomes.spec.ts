import { describe, expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { runnerParts } from '../../../../../test/support/engine-parts.js';
import { RetryLaterError, ShutdownError, UnrecoverableError } from '../../model/errors/errors.js';
import { type Handler, HandlerFailure } from '../../model/handler.js';
import type { SubscriptionOptions } from '../subscription-options.js';

useFakeTime();

/** One entry was run, and its outcome is settled. */
async function after(handler: Handler, options?: Partial<SubscriptionOptions>) {
  const parts = runnerParts({ options, handler });
  const [entry] = await parts.read(1);
  parts.runner.startNew([entry!]);
  await pass();
  expect(parts.deliveries).toMatchObject({ running: 0, isIdle: true });
  expect(parts.deliveries.leases.size).toBe(0);
  return { ...parts, id: entry!.id };
}

function throwing(thrown: unknown): Handler {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- users throw anything
  return () => Promise.reject(thrown);
}

function handsOff(): never {
  throw new Error('hands off');
}

describe('a handler that does its task', () => {
  it('is given what was added, and its delivery', async () => {
    const given: unknown[] = [];
    const { options, id } = await after(async ({ payload, headers, stream, group, consumer, entryId }) => {
      given.push({ payload, headers, stream, group, consumer, entryId });
    });
    const { stream, group, consumer } = options;
    expect(given).toEqual([{ payload: { n: '1' }, headers: {}, stream, group, consumer, entryId: id }]);
  });

  it('returns something: the entry is acked, and its lease has the result', async () => {
    const result = { tokens: 7 };
    const { pending, told, id } = await after(async () => result);
    expect(pending()).toEqual([]);
    expect(told.of('completed')[0]!.leases).toMatchObject([{ entryId: id, result }]);
  });

  it('returns nothing: the entry is acked', async () => {
    const { pending, told } = await after(async () => undefined);
    expect(pending()).toEqual([]);
    expect(told.of('completed')[0]!.leases[0]!.result).toBeUndefined();
  });
});

describe('a handler that throws', () => {
  it('an error: it is tried again later', async () => {
    const error = new Error('no luck');
    const { pending, told, id } = await after(throwing(error));
    expect(told.of('retryScheduled')).toMatchObject([{ verdict: { because: 'failure', delayMs: 1_000 } }]);
    expect(told.of('retryScheduled')[0]!.verdict.error).toBe(error);
    expect(pending()).toEqual([`${id} retry-scheduled 1`]);
  });

  it('something that is no error: the same, with an error that tells it', async () => {
    for (const [thrown, message] of [
      ['a text', 'a text'],
      [undefined, 'The handler threw undefined, which is no Error.'],
      [{ message: 'x' }, "The handler threw an object with the message 'x', which is no Error."],
    ] as const) {
      const { told } = await after(throwing(thrown));
      expect(told.of('retryScheduled')[0]!.verdict.error.message).toBe(message);
    }
  });

  it('something that throws wherever it is looked at: the same, once', async () => {
    const { told, pending } = await after(
      throwing(new Proxy(new Error('x'), { get: handsOff, getPrototypeOf: handsOff })),
    );
    expect(told.of('retryScheduled')).toMatchObject([{ verdict: { because: 'failure' } }]);
    expect(pending()).toHaveLength(1);
  });

  it('what the transport knows more of: the cause decides, and its remark is kept', async () => {
    const cause = new UnrecoverableError('never');
    const { told } = await after(throwing(new HandlerFailure(cause, false, 'a filter saw it')));
    expect(told.of('deadLettered')).toMatchObject([
      { verdict: { reason: 'unrecoverable', remark: 'a filter saw it' } },
    ]);
    expect(told.of('deadLettered')[0]!.verdict.error).toBe(cause);
  });

  it('what a pipe refused: it goes to the dead letter at once', async () => {
    const { told } = await after(throwing(new HandlerFailure(new Error('n must be a number'), true, undefined)));
    expect(told.of('deadLettered')).toMatchObject([{ verdict: { reason: 'rejected-by-pipe', deliveries: 1 } }]);
  });

  it('a RetryLaterError: it is postponed, uncounted', async () => {
    const { told, pending, id } = await after(throwing(new RetryLaterError(7_000)));
    expect(told.of('retryScheduled')).toMatchObject([{ verdict: { because: 'postponed', delayMs: 7_000 } }]);
    expect(pending()).toEqual([`${id} retry-scheduled 0`]);
  });

  it('a RetryLaterError beyond the largest age: it goes to the dead letter', async () => {
    const { retry } = runnerParts().options;
    const { told } = await after(throwing(new RetryLaterError(7_000)), { retry: { ...retry, maxAgeMs: 6_999 } });
    expect(told.of('deadLettered')).toMatchObject([{ verdict: { reason: 'max-age' } }]);
  });

  it('an UnrecoverableError: it goes to the dead letter at once', async () => {
    const { told, pending, stream } = await after(throwing(new UnrecoverableError('never')));
    expect(told.of('deadLettered')).toMatchObject([{ verdict: { reason: 'unrecoverable' } }]);
    expect(pending()).toEqual([]);
    expect(stream.deadLetters).toHaveLength(1);
  });

  it('anything in its last run: it goes to the dead letter', async () => {
    const { retry } = runnerParts().options;
    const { told } = await after(throwing(new Error('no luck')), { retry: { ...retry, maxDeliveries: 1 } });
    expect(told.of('deadLettered')).toMatchObject([{ verdict: { reason: 'max-deliveries', deliveries: 1 } }]);
  });
});

describe('the application stops', () => {
  it('what still runs is aborted, and handed back uncounted whatever it throws', async () => {
    const { runner, runs, read, told, pending } = runnerParts();
    const [entry] = await read(1);
    runner.startNew([entry!]);
    const reason = new ShutdownError('the application stops');
    runner.abortAll(reason);
    expect(runs.delivery(entry!.id).signal.reason).toBe(reason);
    await runs.fail(entry!.id, new UnrecoverableError('never'));
    expect(told.of('handedBack')).toMatchObject([{ lease: { entryId: entry!.id } }]);
    expect(pending()).toEqual([`${entry!.id} retry-scheduled 0`]);
  });

  it('what ends well all the same is done', async () => {
    const { runner, runs, read, told } = runnerParts();
    const [entry] = await read(1);
    runner.startNew([entry!]);
    runner.abortAll(new ShutdownError('the application stops'));
    await runs.end(entry!.id);
    expect(told.types).toEqual(['groupCreated', 'delivered', 'started', 'completed']);
  });

  it('what only waits for its settlement, or is stuck, is left alone', async () => {
    const { runner, runs, read, deliveries } = runnerParts();
    const [entry] = await read(1);
    runner.startNew([entry!]);
    deliveries.lose([...deliveries.leases][0]!);
    deliveries.take('9-0', 1, 0);
    runner.abortAll(new ShutdownError('the application stops'));
    expect(runs.delivery(entry!.id).signal.aborted).toBe(false);
  });
});
