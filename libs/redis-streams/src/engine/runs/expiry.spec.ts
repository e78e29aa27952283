import { describe, expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { runnerParts } from '../../../../../test/support/engine-parts.js';
import { TaskExpiredError } from '../../model/errors/task-errors.js';
import { RetryLaterError } from '../../model/errors/errors.js';
import type { SubscriptionOptions } from '../subscription-options.js';

useFakeTime();

/** An entry that expires so many milliseconds after it was added, read after so many. */
async function expiring(afterMs: number, readAfterMs = 0, options: Partial<SubscriptionOptions> = {}) {
  const parts = runnerParts({ options: { abortGraceMs: 200, ...options } });
  const [entry] = await parts.read(1, ['n', '1', '~.deadline', `+${afterMs}`]);
  await pass(readAfterMs);
  parts.stability.answered(performance.now(), 0, parts.broker.clock.now);
  parts.runner.startNew([entry!]);
  await pass();
  const { id } = entry!;
  const record = () => Object.fromEntries(parts.stream.tasksOf(parts.options.group).records.get(id) ?? []);
  return { ...parts, id, record };
}

describe('a task whose deadline has come before its run', () => {
  it('is not run, and ends as expired, without a dead letter', async () => {
    const { runs, told, pending, stream, record, deliveries } = await expiring(1_000, 1_000);
    expect(runs.begun).toEqual([]);
    expect(told.of('ended')).toMatchObject([{ verdict: { state: 'expired' } }]);
    expect(pending()).toEqual([]);
    expect(stream.deadLetters).toEqual([]);
    expect(record()).toMatchObject({ state: 'expired' });
    expect(deliveries.leases.size).toBe(0);
  });

  it('is judged by the clock of the server', async () => {
    const parts = runnerParts();
    parts.broker.clock.step(600_000);
    const [entry] = await parts.read(1, ['n', '1', '~.deadline', '+1000']);
    parts.stability.answered(performance.now(), 0, parts.broker.clock.now);
    parts.runner.startNew([entry!]);
    expect(parts.runs.begun).toEqual([entry!.id]);
    expect(parts.runs.delivery(entry!.id).expiresAt).toBe(Number(entry!.id.split('-')[0]) + 1_000);
  });

  it('is not judged too early by a server that was frozen', async () => {
    const parts = runnerParts();
    const [entry] = await parts.read(1, ['n', '1', '~.deadline', '+1000']);
    const askedAt = performance.now();
    await pass(500);
    // Written at the end of four seconds without an answer, that began before the entry was added.
    parts.stability.answered(askedAt - 3_500, 0, parts.broker.clock.now);
    parts.runner.startNew([entry!]);
    expect(parts.runs.begun).toEqual([entry!.id]);
  });

  it('is run where the header says nothing that can be read', async () => {
    for (const deadline of ['', 'soon', '-5', '1e3']) {
      const parts = runnerParts();
      const [entry] = await parts.read(1, ['n', '1', '~.deadline', deadline]);
      parts.runner.startNew([entry!]);
      expect(parts.runs.begun).toEqual([entry!.id]);
    }
  });
});

describe('a task whose deadline comes while it runs', () => {
  it('is aborted then, and ends as expired whatever it fails with', async () => {
    const { runs, id, told, pending, record } = await expiring(1_000);
    const { signal } = runs.delivery(id);
    await pass(999);
    expect(signal.aborted).toBe(false);
    await pass(1);
    expect(signal.reason).toBeInstanceOf(TaskExpiredError);
    await runs.fail(id);
    expect(told.of('ended')).toMatchObject([{ verdict: { state: 'expired' } }]);
    expect(pending()).toEqual([]);
    expect(record()).toMatchObject({ state: 'expired' });
  });

  it('is done if it is done all the same', async () => {
    const { runs, id, told } = await expiring(1_000);
    await pass(1_050);
    await runs.end(id);
    expect(told.of('completed')).toHaveLength(1);
    expect(told.of('ended')).toEqual([]);
  });

  it('ends as expired when its grace is over, and a late success counts for nothing', async () => {
    const { runs, id, told, deliveries } = await expiring(1_000);
    await pass(1_200);
    expect(told.of('ended')).toMatchObject([{ verdict: { state: 'expired' } }]);
    expect(deliveries.stuck.size).toBe(1);
    await runs.end(id);
    expect(told.of('completed')).toEqual([]);
  });

  it('leaves no timer behind when it ends before', async () => {
    const { runs, id, told, runner } = await expiring(1_000);
    await runs.end(id);
    await pass(10_000);
    expect(told.of('ended')).toEqual([]);
    runner.close();
  });
});

describe('a retry that would come after the deadline', () => {
  it('is none: the task has expired at once, be it that the handler asked for it', async () => {
    for (const error of [new Error('no luck'), new RetryLaterError(5_000)]) {
      const { runs, id, told, record } = await expiring(900);
      await runs.fail(id, error);
      expect(told.of('ended')).toMatchObject([{ verdict: { state: 'expired', error } }]);
      expect(record()).toMatchObject({ state: 'expired' });
    }
  });

  it('comes if there is time', async () => {
    const { runs, id, pending } = await expiring(1_500);
    await runs.fail(id);
    expect(pending()).toEqual([`${id} retry-scheduled 1`]);
  });
});
