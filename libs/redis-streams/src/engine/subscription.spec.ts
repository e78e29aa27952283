import { describe, expect, it } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../test/support/engine.js';
import { RetryLaterError, UnrecoverableError } from '../model/errors/errors.js';
import { DEAD_LETTER_HEADERS } from '../wire/header-contract.js';

useFakeTime();

describe('the way of an entry', () => {
  it('it is read, run, settled and told with its result and how long it ran', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    expect(worker.runs.delivery('1-0')).toMatchObject({
      ...{ stream: 'orders', group: 'workers', consumer: 'me@30000ms', entryId: '1-0' },
      ...{ deliveryCount: 1, payload: { n: '1' } },
    });
    await pass(250);
    await worker.runs.end('1-0', { answer: 42 });
    await pass(10);
    expect(worker.pending).toEqual([]);
    const [completed] = worker.events.of('completed');
    expect(completed!.leases).toMatchObject([{ entryId: '1-0', deliveryCount: 1, result: { answer: 42 }, ranMs: 250 }]);
    expect(worker.events.types).toEqual(['groupCreated', 'delivered', 'started', 'completed']);
  });

  it('those that end together are settled together', async () => {
    const worker = await startedWorker();
    await worker.add('1-0', '2-0', '3-0');
    await worker.runs.endAll();
    await pass(10);
    expect(worker.broker.calls('settle')).toHaveLength(1);
    expect(worker.pending).toEqual([]);
  });

  it('it fails, waits, runs again, and is in the dead letter when it has failed as often as it may', async () => {
    const retry = {
      maxDeliveries: 3,
      maxAgeMs: 60_000,
      backoff: { initialMs: 1_000, factor: 2, maxMs: 60_000, jitter: 0 },
    };
    const worker = await startedWorker({ options: { retry } });
    await worker.add('1-0');
    await worker.runs.fail('1-0');
    await pass(1_010);
    expect(worker.runs.delivery('1-0').deliveryCount).toBe(2);
    await worker.runs.fail('1-0');
    await pass(1_900);
    expect(worker.runs.ids).toEqual([]);
    await pass(150);
    expect(worker.runs.delivery('1-0').deliveryCount).toBe(3);
    await worker.runs.fail('1-0', new Error('for good'));
    await pass(10);

    expect(worker.pending).toEqual([]);
    const [letter] = worker.stream.deadLetters;
    expect(letter!.fields).toContain('n');
    expect(letter!.fields).toContain(DEAD_LETTER_HEADERS.error);
    expect(letter!.fields.join()).toContain('for good');
    expect(worker.events.of('retryScheduled').map(({ verdict }) => verdict.delayMs)).toEqual([1_000, 2_000]);
    expect(worker.events.of('deadLettered')).toMatchObject([{ verdict: { reason: 'max-deliveries', deliveries: 3 } }]);
  });

  it('it is postponed by its handler, uncounted', async () => {
    const worker = await startedWorker();
    worker.stream.add();
    await pass();
    const [id] = worker.runs.ids as [string];
    await worker.runs.fail(id, new RetryLaterError(500));
    await pass(510);
    expect(worker.runs.delivery(id).deliveryCount).toBe(1);
    expect(worker.events.of('retryScheduled')).toMatchObject([{ verdict: { because: 'postponed', delayMs: 500 } }]);
  });

  it('it is in the dead letter at once when its handler says that it is hopeless', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    await worker.runs.fail('1-0', new UnrecoverableError('hopeless'));
    await pass(10);
    expect(worker.stream.deadLetters).toHaveLength(1);
    expect(worker.events.of('deadLettered')).toMatchObject([{ verdict: { reason: 'unrecoverable' } }]);
  });

  it('it is dropped instead where no dead letters are kept', async () => {
    const worker = await startedWorker({ options: { deadLetter: undefined } });
    await worker.add('1-0');
    await worker.runs.fail('1-0', new UnrecoverableError('hopeless'));
    await pass(10);
    expect(worker.stream.deadLetters).toEqual([]);
    expect(worker.pending).toEqual([]);
    expect(worker.events.of('deadLettered')).toHaveLength(1);
  });

  it('its lease is lost while it runs: it settles nothing, and who has it settles it', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    worker.group.claim('1-0', 'other@30000ms', { deliveryCount: 2 });
    await worker.runs.end('1-0', 'mine');
    await pass(10);
    expect(worker.pending).toEqual(['1-0 other 2']);
    expect(worker.events.of('completed')).toEqual([]);
    expect(worker.events.of('leaseLost')).toHaveLength(1);
  });
});

describe('status', () => {
  it('before the start: starting, and no read is expected', () => {
    const worker = new TestWorker();
    expect(worker.subscription.status()).toMatchObject({
      ...{ stream: 'orders', group: 'workers', consumer: 'me@30000ms', concurrency: 10, leaseMs: 30_000 },
      ...{ phase: 'starting', reason: undefined, running: 0, stuck: [], readOverdueMs: undefined },
      ...{ renewalFailure: undefined, controlTrouble: undefined, marksFailure: undefined },
      settling: { waitingMs: 0, failure: undefined, deadLetterFailure: undefined },
    });
  });

  it('while a read blocks it is not overdue; while its reply does not come it is', async () => {
    const worker = await startedWorker();
    await pass(1_000);
    expect(worker.subscription.status()).toMatchObject({ phase: 'running', readOverdueMs: -4_000 });
    worker.broker.hold('read', { afterEffect: true });
    // The next read blocks for half a second, and its reply does not come.
    await pass(5_000);
    expect(worker.subscription.status().readOverdueMs).toBe(500);
  });

  it('while all slots are busy no read is expected: it is overdue from when one is free', async () => {
    const worker = await startedWorker({ options: { concurrency: 1 } });
    await worker.add('1-0');
    await pass(60_000);
    worker.broker.hold('sweep');
    await worker.runs.end('1-0');
    await pass(1_000);
    expect(worker.subscription.status().readOverdueMs).toBe(1_000);
  });

  it('while handlers run: how many; while a settlement waits: for how long, and why it fails', async () => {
    const worker = await startedWorker();
    await worker.add('1-0', '2-0');
    expect(worker.subscription.status().running).toBe(2);
    worker.broker.fail('settle', { kind: 'refused', message: 'out of memory', times: 1_000 });
    await worker.runs.end('1-0');
    await pass(1_005);
    expect(worker.subscription.status()).toMatchObject({
      running: 1,
      settling: { waitingMs: 1_005, failure: 'out of memory' },
    });
  });

  it('while it heals: why and since when; when it runs again: nothing of it', async () => {
    const worker = await startedWorker();
    await pass(500);
    const downAt = Date.now();
    worker.broker.goDown();
    await pass(3_000);
    expect(worker.subscription.status()).toMatchObject({
      ...{ phase: 'healing', reason: 'connect ECONNREFUSED', controlTrouble: 'connect ECONNREFUSED' },
      phaseSinceMs: downAt,
    });
    worker.broker.comeUp();
    await pass(2_000);
    expect(worker.subscription.status()).toMatchObject({
      phase: 'running',
      reason: undefined,
      controlTrouble: undefined,
    });
  });

  it('while it stops it goes on telling what runs, and then that it has stopped', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    const stopped = worker.subscription.stop(5_000);
    await pass(1_000);
    expect(worker.subscription.status()).toMatchObject({ phase: 'stopped', running: 1 });
    await worker.runs.end('1-0');
    await stopped;
    expect(worker.subscription.status()).toMatchObject({ phase: 'stopped', running: 0, reason: undefined });
  });
});
