import { describe, expect, it, vi } from 'vitest';
import { pass, useFakeTime } from '../../../../../../test/support/engine.js';
import { runnerParts } from '../../../../../../test/support/engine-parts.js';
import { HandlerTimeoutError, LeaseLostError } from '../../../model/errors/errors.js';

useFakeTime();

/** One run with a timeoutMs of 1,000 and an abortGraceMs of 200. */
async function oneRun() {
  const parts = runnerParts({ options: { timeoutMs: 1_000, abortGraceMs: 200 } });
  const [entry] = await parts.read(1);
  parts.runner.startNew([entry!]);
  parts.retries.nextIn(Infinity);
  const { id } = entry!;
  return { ...parts, id, signal: parts.runs.delivery(id).signal, stuck: () => [...parts.deliveries.stuck] };
}

describe('a run that does not end in time', () => {
  it('is aborted at its timeoutMs, and not before', async () => {
    const { signal, told } = await oneRun();
    await pass(999);
    expect(signal.aborted).toBe(false);
    await pass(1);
    expect(signal.reason).toBeInstanceOf(HandlerTimeoutError);
    expect(told.of('retryScheduled')).toEqual([]);
  });

  it('has failed when its grace is over: it is stuck, its slot is taken, and its entry is tried again', async () => {
    const { id, told, pending, stuck, slots, deliveries } = await oneRun();
    await pass(1_199);
    expect(told.of('retryScheduled')).toEqual([]);
    await pass(1);
    expect(told.of('retryScheduled')).toMatchObject([{ verdict: { because: 'failure', deliveryCount: 1 } }]);
    expect(told.of('retryScheduled')[0]!.verdict.error).toBeInstanceOf(HandlerTimeoutError);
    expect(pending()).toEqual([`${id} retry-scheduled 1`]);
    expect(stuck().map(({ entryId }) => entryId)).toEqual([id]);
    expect([slots.free, deliveries.running, deliveries.leases.size]).toEqual([9, 1, 0]);
  });

  it('settles nothing when it ends at last, whatever its outcome, and then its entry may be taken here again', async () => {
    for (const end of ['end', 'fail'] as const) {
      const { id, runs, told, pending, slots, retries, broker, deliveries } = await oneRun();
      await pass(1_200);
      const [before, settlements] = [told.types, broker.calls('settle').length];
      retries.nextIn(Infinity);
      await runs[end](id);
      await pass(1_000);
      expect(told.types).toEqual(before);
      expect(broker.calls('settle')).toHaveLength(settlements);
      expect(pending()).toEqual([`${id} retry-scheduled 1`]);
      expect([slots.free, deliveries.running, deliveries.stuck.size]).toEqual([10, 0, 0]);
      expect(retries.isDue).toBe(true);
    }
  });

  it('was told to end at its time, also where it had lost its entry before, which alone tells nobody', async () => {
    const { deliveries, runs, id, signal } = await oneRun();
    const [lease] = deliveries.leases;
    const run = lease!.run!;
    run.abort(new LeaseLostError('Another consumer owns the entry now.'));
    deliveries.lose(lease!);
    await pass(999);
    expect(run.toldToEndAt).toBeUndefined();
    await pass(1);
    expect(run.toldToEndAt).toBe(performance.now());
    expect(signal.reason).toBeInstanceOf(LeaseLostError);
    await runs.end(id);
  });

  it('has its own outcome where it ends within its grace', async () => {
    for (const [end, types] of [
      ['end', ['completed']],
      ['fail', ['retryScheduled']],
    ] as const) {
      const { id, runs, told } = await oneRun();
      await pass(1_100);
      await runs[end](id);
      await pass(1_000);
      expect(told.types.slice(3)).toEqual(types);
    }
  });

  it('that lost its lease meanwhile is aborted in time, and settles nothing', async () => {
    const { signal, deliveries, told, broker } = await oneRun();
    deliveries.lose([...deliveries.leases][0]!);
    await pass(2_000);
    expect(signal.reason).toBeInstanceOf(HandlerTimeoutError);
    expect(told.types).toEqual(['groupCreated', 'delivered', 'started']);
    expect(broker.calls('settle')).toEqual([]);
  });
});

describe('no timeout comes', () => {
  it('where the run has ended before', async () => {
    const { id, runs, signal } = await oneRun();
    await runs.end(id);
    await pass(2_000);
    expect(signal.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('where none is set', async () => {
    const { runner, runs, read } = runnerParts();
    const [entry] = await read(1);
    runner.startNew([entry!]);
    expect(vi.getTimerCount()).toBe(0);
    await pass(24 * 3_600_000);
    expect(runs.delivery(entry!.id).signal.aborted).toBe(false);
  });

  it('when the runner is closed, neither for those that run nor for those in their grace', async () => {
    const { runner, told, read, runs } = await oneRun();
    await pass(500);
    const [second] = await read(1);
    runner.startNew([second!]);
    await pass(600);
    runner.close();
    await pass(5_000);
    expect(runs.delivery(second!.id).signal.aborted).toBe(false);
    expect(told.of('retryScheduled')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
