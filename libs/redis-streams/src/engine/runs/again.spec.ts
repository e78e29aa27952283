import { describe, expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { runnerParts } from '../../../../../test/support/engine-parts.js';
import { HandlerTimeoutError, LeaseLostError } from '../../model/errors/errors.js';
import type { SubscriptionOptions } from '../subscription-options.js';

useFakeTime();

/** One entry runs. */
async function oneRun(options?: Partial<SubscriptionOptions>) {
  const parts = runnerParts({ options });
  const { stream, runner, deliveries } = parts;
  const [entry] = await parts.read(1);
  runner.startNew([entry!]);
  const { id } = entry!;
  /** It comes to this consumer again, as its second delivery. */
  const comesAgain = async () => {
    stream.group(parts.options.group)!.claim(id, parts.options.consumer, { deliveryCount: 2 });
    runner.startAgain([{ ...entry!, deliveryCount: 2 }]);
    await pass();
  };
  return { ...parts, id, comesAgain, lease: [...deliveries.leases][0]! };
}

describe('an entry that comes again', () => {
  it('while it runs: it goes on, and is settled under the new count', async () => {
    const { id, runs, pending, told, comesAgain, lease } = await oneRun();
    await pass(100);
    await comesAgain();
    expect(runs.begun).toEqual([id]);
    expect(runs.delivery(id).deliveryCount).toBe(2);
    expect(lease.givenAt).toBe(lease.takenAt + 100);
    await runs.end(id);
    expect(told.of('completed')).toMatchObject([{ leases: [{ entryId: id, deliveryCount: 2 }] }]);
    expect(pending()).toEqual([]);
  });

  it('while it runs, and fails then: the new count decides', async () => {
    const { id, runs, pending, comesAgain } = await oneRun();
    await comesAgain();
    await runs.fail(id);
    expect(pending()).toEqual([`${id} retry-scheduled 2`]);
  });

  it('while its result waits: that is settled under the new count, without another run', async () => {
    const { id, runs, pending, told, comesAgain, broker, read, runner } = await oneRun({ concurrency: 2 });
    const release = broker.hold('settle', { times: 1 });
    const [other] = await read(1);
    runner.startNew([other!]);
    await runs.end(other!.id);
    await runs.end(id);
    await comesAgain();
    expect(broker.calls('settle')).toHaveLength(1);
    release();
    await pass(10);
    expect(runs.begun).toEqual([id, other!.id]);
    expect(told.of('completed').flatMap(({ leases }) => leases.map(({ entryId }) => entryId))).toEqual([other!.id, id]);
    expect(pending()).toEqual([]);
  });

  it('while a run that lost its lease is at work on it: that has the new lease, and settles it', async () => {
    const { id, runs, pending, told, comesAgain, deliveries, lease } = await oneRun();
    deliveries.lose(lease);
    await comesAgain();
    expect(runs.begun).toEqual([id]);
    await runs.end(id, 'late');
    expect(told.of('completed')).toMatchObject([{ leases: [{ entryId: id, deliveryCount: 2, result: 'late' }] }]);
    expect(pending()).toEqual([]);
  });

  it('to a run that lost its lease: it tells its progress again', async () => {
    const { id, runs, comesAgain, deliveries, lease, stream, options } = await oneRun();
    const progress = () => stream.tasksOf(options.group).records.get(id)?.get('progress');
    runs.delivery(id).progress('told');
    await pass(100);
    runs.delivery(id).progress('too late');
    deliveries.lose(lease);
    await pass(300);
    expect(progress()).toBe('"told"');
    await comesAgain();
    runs.delivery(id).progress('told again');
    await pass(300);
    expect(progress()).toBe('"told again"');
  });

  it('to a run that lost its lease: it has the whole timeoutMs anew, and one only', async () => {
    const { id, runs, told, comesAgain, deliveries, lease } = await oneRun({ timeoutMs: 1_000, abortGraceMs: 0 });
    await pass(600);
    deliveries.lose(lease);
    await comesAgain();
    const { signal } = runs.delivery(id);
    await pass(999);
    expect(signal.aborted).toBe(false);
    await pass(2);
    expect(signal.aborted).toBe(true);
    expect(told.of('retryScheduled')).toMatchObject([{ verdict: { deliveryCount: 2 } }]);
    await pass(5_000);
    expect(told.of('retryScheduled')).toHaveLength(1);
  });

  it('to a run that was told that its lease was lost: what ends it later is told anew', async () => {
    const { id, runs, told, comesAgain, deliveries, lease } = await oneRun({ timeoutMs: 1_000, abortGraceMs: 100 });
    lease.run!.abort(new LeaseLostError('another has it'));
    deliveries.lose(lease);
    await comesAgain();
    const { signal } = runs.delivery(id);
    expect(signal.aborted).toBe(false);
    await pass(1_001);
    expect(signal.reason).toBeInstanceOf(HandlerTimeoutError);
    await pass(101);
    expect(told.of('retryScheduled')).toMatchObject([{ verdict: { error: signal.reason } }]);
  });

  it('to a run that had its time: this delivery has failed, too', async () => {
    const { id, runs, told, pending, comesAgain, deliveries } = await oneRun({ timeoutMs: 1_000, abortGraceMs: 0 });
    await pass(1_001);
    expect(pending()).toEqual([`${id} retry-scheduled 1`]);
    await comesAgain();
    await pass(10);
    expect(runs.begun).toEqual([id]);
    expect(told.of('retryScheduled').map(({ verdict }) => verdict.deliveryCount)).toEqual([1, 2]);
    expect(pending()).toEqual([`${id} retry-scheduled 2`]);
    expect([deliveries.stuck.size, deliveries.leases.size]).toEqual([1, 0]);
  });

  it('while a given-up run is settled: it does not run again beside it', async () => {
    const { id, runs, comesAgain, broker, deliveries } = await oneRun({ timeoutMs: 1_000, abortGraceMs: 0 });
    const release = broker.hold('settle');
    await pass(1_001);
    expect([deliveries.stuck.size, deliveries.leases.size]).toEqual([1, 1]);
    await comesAgain();
    expect(runs.begun).toEqual([id]);
    expect([deliveries.stuck.size, deliveries.leases.size]).toEqual([1, 1]);
    release();
  });

  it('when nothing here knows it: it runs, as the delivery that it is', async () => {
    const { runner, runs, read } = runnerParts();
    const [first, second] = await read(2);
    runner.startAgain([
      { ...first!, deliveryCount: 2 },
      { ...second!, deliveryCount: 4 },
    ]);
    expect(runs.ids.map((id) => runs.delivery(id).deliveryCount)).toEqual([2, 4]);
  });

  it('when it is done: it is only settled', async () => {
    const { runner, runs, read, told, pending } = runnerParts();
    const [done, other] = await read(2);
    runner.startAgain(
      [
        { ...done!, deliveryCount: 1 },
        { ...other!, deliveryCount: 1 },
      ],
      new Set([done!.id]),
    );
    await pass();
    expect(runs.ids).toEqual([other!.id]);
    expect(told.of('completed')).toMatchObject([{ leases: [{ entryId: done!.id }] }]);
    expect(pending()).toEqual([`${other!.id} me 1`]);
  });
});
