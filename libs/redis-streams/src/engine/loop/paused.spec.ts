import { describe, expect, it } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

const PAUSE = { reason: undefined, by: 'ops', since: new Date(), until: undefined };

describe('a worker of a group that is paused', () => {
  it('is woken when it hears of it, reads no more, and asks now and then whether it is over', async () => {
    const worker = await startedWorker();
    worker.stream.pauses.set('workers', PAUSE);
    worker.subscription.lookForPause();
    await pass();
    expect(worker.subscription.status()).toMatchObject({ pause: PAUSE, phase: 'running' });
    const reads = worker.broker.calls('read').length;
    await worker.add('1-0');
    await pass(60_000);
    expect(worker.broker.calls('read')).toHaveLength(reads);
    expect(worker.runs.begun).toEqual([]);
    expect(worker.subscription.status().readOverdueMs).toBeLessThan(1_000);
    worker.stream.pauses.clear();
    await pass(5_000);
    expect(worker.runs.begun).toEqual(['1-0']);
    expect(worker.events.types).toEqual(expect.arrayContaining(['paused', 'resumed']));
  });

  it('gives back, uncounted, what its read brings after it has heard', async () => {
    const worker = new TestWorker();
    const release = worker.broker.hold('read', { times: 1, afterEffect: true });
    worker.stream.add(['n', '1'], '1-0');
    await worker.start();
    worker.stream.pauses.set('workers', PAUSE);
    worker.subscription.lookForPause();
    release();
    await pass();
    expect(worker.runs.begun).toEqual([]);
    expect(worker.pending).toEqual(['1-0 retry-scheduled 0']);
    worker.stream.pauses.clear();
    worker.subscription.lookForPause();
    await pass();
    expect(worker.runs.begun).toEqual(['1-0']);
    expect(worker.pending).toEqual(['1-0 me 1']);
  });

  it('starts what its read brings where it was a false alarm', async () => {
    const worker = new TestWorker();
    const release = worker.broker.hold('read', { times: 1, afterEffect: true });
    worker.stream.add(['n', '1'], '1-0');
    await worker.start();
    worker.subscription.lookForPause();
    release();
    await pass();
    expect(worker.runs.begun).toEqual(['1-0']);
  });

  it('gives back what it has claimed when it has heard since, a dead worker’s entry with its place', async () => {
    const worker = new TestWorker();
    worker.stream.createGroup('workers');
    worker.stream.add(['n', '1'], '1-0');
    await worker.readAndDie(1);
    await pass(31_000);
    const release = worker.broker.hold('sweep', { times: 1, afterEffect: true });
    await worker.start();
    await pass(16_000);
    expect(worker.runs.begun).toEqual([]);
    worker.stream.pauses.set('workers', PAUSE);
    worker.subscription.lookForPause();
    release();
    await pass();
    expect(worker.runs.begun).toEqual([]);
    expect(worker.pending.map((held) => held.split(' ')[0])).toEqual(['1-0']);
    worker.stream.pauses.clear();
    worker.subscription.lookForPause();
    await pass(60_000);
    expect(worker.runs.begun).toEqual(['1-0']);
  });

  it('hears of it by the renewal of what runs there, and is woken', async () => {
    const worker = await startedWorker({ options: { blockMs: 60_000, leaseMs: 9_000 } });
    await worker.add('1-0');
    worker.stream.pauses.set('workers', PAUSE);
    await pass(3_001);
    await worker.add('2-0');
    expect(worker.runs.begun).toEqual(['1-0']);
  });

  it('settles what runs there, and stops as any other', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    worker.stream.pauses.set('workers', PAUSE);
    worker.subscription.lookForPause();
    await pass();
    await worker.runs.end('1-0');
    expect(worker.pending).toEqual([]);
    expect(await worker.stop()).toBeLessThan(1_000);
  });

  it('with one slot goes on with new tasks and old ones when it is over', async () => {
    const worker = await startedWorker({ options: { concurrency: 1 } });
    await worker.add('1-0');
    await worker.runs.fail('1-0');
    await pass(1_100);
    expect(worker.runs.begun).toEqual(['1-0', '1-0']);
    worker.stream.pauses.set('workers', PAUSE);
    worker.subscription.lookForPause();
    await worker.runs.end('1-0');
    await worker.add('2-0');
    expect(worker.runs.begun).toHaveLength(2);
    worker.stream.pauses.clear();
    worker.subscription.lookForPause();
    await pass();
    expect(worker.runs.begun).toEqual(['1-0', '1-0', '2-0']);
  });

  it('with all slots full says so all the same, when it is told and when it says that it is there', async () => {
    const worker = await startedWorker({ options: { concurrency: 1, leaseMs: 600_000 } });
    await worker.add('1-0');
    const looks = () => worker.broker.calls('claimDue').length;
    const before = looks();
    worker.stream.pauses.set('workers', PAUSE);
    worker.subscription.lookForPause();
    await pass();
    expect(worker.subscription.status().pause).toEqual(PAUSE);
    expect(looks()).toBe(before + 1);

    const another = { ...PAUSE, since: new Date(PAUSE.since.getTime() + 1) };
    worker.stream.pauses.set('workers', another);
    await pass(10_001);
    expect(worker.subscription.status().pause).toEqual(another);
    expect(looks()).toBe(before + 2);

    worker.stream.pauses.clear();
    await pass(10_001);
    await worker.add('2-0');
    await worker.runs.end('1-0');
    expect(worker.runs.begun).toEqual(['1-0', '2-0']);
    expect(worker.subscription.status().pause).toBeUndefined();
  });

  it.each([PAUSE, undefined])('with all slots full is interrupted no longer than it cannot ask (%o)', async (pause) => {
    const worker = await startedWorker({ options: { concurrency: 1, leaseMs: 1_000 } });
    await worker.add('1-0');
    // Long enough for a renewal, which tells what there is to hear.
    worker.broker.fail('claimDue', { kind: 'refused', times: 5 });
    if (pause) worker.stream.pauses.set('workers', pause);
    worker.subscription.lookForPause();
    await pass(10_000);
    expect(worker.events.types).toEqual(expect.arrayContaining(['loopInterrupted', 'loopResumed']));
    expect(worker.subscription.status()).toMatchObject({ phase: 'running', running: 1, pause });
  });
});
