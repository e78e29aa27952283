import { describe, expect, it } from 'vitest';
import { pass, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';
import { TaskCancelledError } from '../../model/errors/task-errors.js';
import type { SubscriptionOptions } from '../subscription-options.js';

useFakeTime();

async function running(options?: Partial<SubscriptionOptions>) {
  const worker = new TestWorker({ options: { abortGraceMs: 200, ...options } });
  await worker.start();
  await worker.add('1-0');
  const tasks = worker.stream.tasksOf(worker.options.group);
  const ask = (id = '1-0', reason = 'enough') => void tasks.cancels.set(id, reason);
  const state = (id = '1-0') => tasks.records.get(id)?.get('state');
  return { worker, tasks, ask, state, signal: worker.runs.delivery('1-0').signal };
}

describe('a task that runs is cancelled', () => {
  it('as soon as its process hears of it', async () => {
    const { worker, ask, signal, state } = await running();
    ask();
    worker.subscription.lookForCancels();
    await pass();
    expect(signal.reason).toBeInstanceOf(TaskCancelledError);
    expect((signal.reason as TaskCancelledError).reason).toBe('enough');
    await worker.runs.fail('1-0');
    expect(worker.events.of('ended')).toMatchObject([{ verdict: { state: 'cancelled' } }]);
    expect([worker.pending, state()]).toEqual([[], 'cancelled']);
  });

  it('at the next renewal where it hears of nothing', async () => {
    const { ask, signal } = await running();
    ask();
    await pass(9_000);
    expect(signal.aborted).toBe(false);
    await pass(2_000);
    expect(signal.aborted).toBe(true);
  });

  it('though the request has overtaken it on its way here', async () => {
    const { worker, ask } = await running({ concurrency: 2 });
    worker.subscription.lookForCancels();
    await pass(100);
    await worker.add('2-0');
    ask('2-0');
    await pass(500);
    expect(worker.runs.delivery('2-0').signal.aborted).toBe(true);
  });

  it('and is done all the same if its handler says so; nothing is left of the request', async () => {
    const { worker, ask, tasks } = await running();
    ask();
    worker.subscription.lookForCancels();
    await pass();
    await worker.runs.end('1-0');
    expect(worker.events.of('completed')).toHaveLength(1);
    expect([worker.pending, tasks.cancels.size]).toEqual([[], 0]);
  });

  it('and ends so when its grace is over; what it does then counts for nothing', async () => {
    const { worker, ask, state } = await running();
    ask();
    worker.subscription.lookForCancels();
    await pass(200);
    expect(state()).toBe('cancelled');
    await worker.runs.end('1-0');
    expect(worker.events.of('completed')).toEqual([]);
    expect(worker.subscription.status().stuck).toEqual([]);
  });

  it('while a renewal is under way: another one follows', async () => {
    const { worker, ask, signal } = await running();
    const release = worker.broker.hold('renew', { times: 1, afterEffect: true });
    worker.subscription.lookForCancels();
    await pass();
    ask();
    worker.subscription.lookForCancels();
    release();
    await pass();
    expect(signal.aborted).toBe(true);
  });
});

describe('a failure that nobody here knew was asked for', () => {
  it('is no retry', async () => {
    const { worker, ask, state } = await running();
    ask();
    await worker.runs.fail('1-0');
    expect(worker.events.of('ended')).toMatchObject([{ verdict: { state: 'cancelled' } }]);
    expect(worker.events.of('retryScheduled')).toEqual([]);
    expect([worker.pending, state()]).toEqual([[], 'cancelled']);
  });
});

describe('what was asked to be cancelled and comes again', () => {
  it('after its worker died: it ends without a run, and the place for a suspect is free', async () => {
    const worker = new TestWorker();
    worker.stream.createGroup(worker.options.group);
    for (const id of ['1-0', '2-0']) worker.stream.add(['n', '1'], id);
    await worker.readAndDie(2);
    worker.stream.tasksOf(worker.options.group).cancels.set('1-0', '');
    await worker.start();
    await pass(50_000);
    expect(worker.runs.begun).toEqual(['2-0']);
    expect(worker.events.of('ended')).toMatchObject([{ lease: { entryId: '1-0' }, verdict: { state: 'cancelled' } }]);
    expect(worker.pending).toEqual(['2-0 me 2']);
  });
});
