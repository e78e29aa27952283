import { describe, expect, it } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';
import { resolveHandlerOptions } from '../../options/resolve-handler-options.js';
import type { OutputOptions } from '../../options/options.js';
import type { Run } from '../state/deliveries/delivery.js';
import type { Writer } from './writer.js';

useFakeTime();

const outputOf = (given: OutputOptions = {}) => resolveHandlerOptions({ output: given }, {}, 'spec').output;
const streaming = (given?: OutputOptions) => startedWorker({ options: { output: outputOf(given) } });

const tasksOf = ({ stream, options }: TestWorker) => stream.tasksOf(options.group);
/** Kinds and values of a task's output. */
const written = (worker: TestWorker, id: string) =>
  tasksOf(worker)
    .outputOf(id)
    .map(({ fields: [kind, value] }) => (kind === 'b' ? 'begin' : kind === 'c' ? value : `${kind} ${value}`));
const listen = (worker: TestWorker, id: string) => tasksOf(worker).ears.set(id, new Set(['somebody']));

describe('output', () => {
  it('of a handler that has none is never asked for', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    worker.runs.delivery('1-0').write('nothing');
    expect(worker.runs.delivery('1-0').room()).toBeUndefined();
    await worker.runs.endAll();
    await pass(1_000);
    for (const call of ['openRuns', 'appendOutput', 'keepProgress'] as const)
      expect(worker.broker.calls(call)).toEqual([]);
    expect(worker.pending).toEqual([]);
  });

  it('begins with the run, before its first chunk', async () => {
    const worker = await streaming();
    await worker.add('1-0', '2-0');
    await pass(1);
    expect(written(worker, '1-0')).toEqual(['begin']);
    expect(worker.broker.calls('openRuns').length).toBe(1);
  });

  it('of all runs is gathered, and sent in one call', async () => {
    const worker = await streaming({ flushMs: 30 });
    await worker.add('1-0', '2-0');
    for (const id of ['1-0', '2-0']) for (const chunk of ['a', 'b']) worker.runs.delivery(id).write(chunk);
    await pass(31);
    for (const id of ['1-0', '2-0']) expect(written(worker, id)).toEqual(['begin', '"a"', '"b"']);
    expect(worker.broker.calls('appendOutput').length).toBe(1);
  });

  it('is sent every flushMs while somebody watches, and every 250 ms while nobody does', async () => {
    const worker = await streaming({ flushMs: 30 });
    await worker.add('1-0', '2-0');
    listen(worker, '1-0');
    for (let n = 0; n < 100; n++) {
      for (const id of ['1-0', '2-0']) worker.runs.delivery(id).write(n);
      await pass(10);
    }
    const flushes = worker.broker
      .calls('appendOutput')
      .flatMap(({ args: [runs] }) => runs.map(({ entryId }) => entryId));
    expect(flushes.filter((id) => id === '1-0').length).toBeGreaterThan(30);
    expect(flushes.filter((id) => id === '2-0').length).toBeLessThan(7);
  });

  it('of hundreds of runs is sent a lot at a time, each as often, and never all at once', async () => {
    const worker = await startedWorker({ options: { output: outputOf({ flushMs: 30 }), concurrency: 200 } });
    const ids = Array.from({ length: 200 }, (_, n) => `${n + 1}-0`);
    await worker.add(...ids);
    await pass(1);
    for (const id of ids) listen(worker, id);
    for (let n = 0; n < 300; n++) {
      for (const id of ids) worker.runs.delivery(id).write(n);
      await pass(2);
    }
    const flushes = worker.broker.calls('appendOutput').map(({ args: [runs] }) => runs.length);
    expect(Math.max(...flushes)).toBe(40);
    // Once every 30 ms for each run: 20 times in 600 ms.
    expect(flushes.reduce((sum, runs) => sum + runs, 0) / 200).toBeCloseTo(20, 0);
  });

  it('is sent sooner where it has flushBytes', async () => {
    const worker = await streaming({ flushMs: 10_000, flushBytes: 10 });
    await worker.add('1-0');
    worker.runs.delivery('1-0').write('0123456789');
    await pass(1);
    expect(written(worker, '1-0')).toEqual(['begin', '"0123456789"']);
  });

  it('is all there before its run is settled', async () => {
    const worker = await streaming({ flushMs: 10_000 });
    await worker.add('1-0');
    worker.runs.delivery('1-0').write('a');
    const release = worker.broker.hold('appendOutput');
    await worker.runs.end('1-0');
    await pass(100);
    expect(worker.pending).toEqual(['1-0 me 1']);
    release();
    await pass(100);
    expect(written(worker, '1-0')).toEqual(['begin', '"a"']);
    expect(worker.pending).toEqual([]);
  });

  it('is sent again when the answer was lost, and is there once', async () => {
    const worker = await streaming();
    await worker.add('1-0');
    worker.broker.fail('openRuns', { kind: 'disconnected', afterEffect: true });
    worker.broker.fail('appendOutput', { kind: 'disconnected', afterEffect: true, times: 2 });
    worker.runs.delivery('1-0').write('a');
    await pass(40);
    worker.runs.delivery('1-0').write('b');
    await worker.runs.end('1-0');
    await pass(5_000);
    expect(written(worker, '1-0')).toEqual(['begin', '"a"', '"b"']);
    expect(worker.pending).toEqual([]);
  });

  it('of a run that has lost its entry is not sent any more, and the run ends', async () => {
    const worker = await streaming();
    await worker.add('1-0');
    await pass(1);
    worker.group.claim('1-0', 'another@30000ms', { deliveryCount: 2 });
    worker.runs.delivery('1-0').write('a');
    await pass(300);
    worker.runs.delivery('1-0').write('b');
    await worker.runs.end('1-0');
    // Until its lease is renewed, and it hears of it.
    await pass(11_000);
    const calls = worker.broker.calls('appendOutput').length;
    await pass(5_000);
    expect(written(worker, '1-0')).toEqual(['begin']);
    expect(worker.broker.calls('appendOutput').length).toBe(calls);
    expect(worker.subscription.status().running).toBe(0);
  });

  it.each([true, false])('is all there where the entry goes and comes back (begun: %s)', async (hasBegun) => {
    const worker = await streaming();
    if (!hasBegun) worker.broker.fail('openRuns', { kind: 'disconnected' });
    await worker.add('1-0');
    await pass(1);
    worker.group.claim('1-0', 'another@30000ms', { deliveryCount: 2 });
    worker.runs.delivery('1-0').write('a');
    await pass(1_000);
    await worker.runs.end('1-0');
    await pass(1_000);
    expect(written(worker, '1-0')).toEqual(hasBegun ? ['begin'] : []);
    worker.group.claim('1-0', worker.options.consumer, { deliveryCount: 1 });
    await pass(1_000);
    expect(written(worker, '1-0')).toEqual(['begin', '"a"']);
    expect(worker.pending).toEqual([]);
  });

  it('of a run whose entry is nobody’s any more is given up after a while, and the run ends', async () => {
    const worker = await streaming();
    await worker.add('1-0');
    worker.broker.fail('renew', { kind: 'disconnected', times: Infinity });
    worker.group.claim('1-0', 'another@30000ms', { deliveryCount: 2 });
    worker.runs.delivery('1-0').write('a');
    await worker.runs.end('1-0');
    await pass(9_000);
    expect(worker.subscription.status().running).toBe(1);
    await pass(2_000);
    expect(worker.subscription.status().running).toBe(0);
  });

  it('that Redis goes on to refuse is dropped with a word, and the task is done', async () => {
    const worker = await streaming();
    await worker.add('1-0');
    worker.broker.fail('appendOutput', { kind: 'forbidden', times: Infinity });
    worker.runs.delivery('1-0').write('a');
    await worker.runs.end('1-0');
    await pass(15_000);
    expect(worker.pending).toEqual([]);
    expect(worker.events.of('runRemark').map(({ text }) => text)).toEqual([
      expect.stringMatching(/is dropped: NOPERM/),
    ]);
  });

  it('waits where more is unsent than is good, until it is sent', async () => {
    const worker = await streaming();
    await worker.add('1-0');
    const release = worker.broker.hold('appendOutput');
    const delivery = worker.runs.delivery('1-0');
    let chunks = 0;
    while (!delivery.room() && chunks < 100) {
      delivery.write('x'.repeat(10_000));
      chunks++;
    }
    expect(chunks).toBe(27);
    let hasRoom = false;
    void delivery.room()!.then(() => (hasRoom = true));
    await pass(100);
    expect(hasRoom).toBe(false);
    release();
    await pass(100);
    expect(hasRoom).toBe(true);
  });

  it('is given up with the subscription, and who waits for its call goes on', async () => {
    const worker = await streaming();
    await worker.add('1-0', '2-0');
    worker.broker.hold('appendOutput');
    worker.runs.delivery('1-0').write('a');
    const delivery = worker.runs.delivery('2-0');
    while (!delivery.room()) delivery.write('x'.repeat(10_000));
    let hasRoom = false;
    void delivery.room()!.then(() => (hasRoom = true));
    await worker.runs.end('1-0');
    expect(await worker.stop(1_000)).toBeLessThan(10_000);
    expect(hasRoom).toBe(true);
    expect(worker.subscription.status().running).toBe(1);
    expect(worker.events.of('handedBack').map(({ lease }) => lease.entryId)).toEqual(['1-0', '2-0']);
  });
});

describe('progress', () => {
  it('is written four times a second at most, the last word before the settlement', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    const delivery = worker.runs.delivery('1-0');
    for (let n = 0; n < 100; n++) {
      delivery.progress({ n });
      await pass(10);
    }
    const calls = worker.broker.calls('keepProgress').length;
    expect(calls).toBeGreaterThanOrEqual(4);
    expect(calls).toBeLessThanOrEqual(5);
    delivery.progress('nearly done');
    await worker.runs.end('1-0');
    await pass(100);
    expect(tasksOf(worker).records.get('1-0')?.get('progress')).toBe('"nearly done"');
    expect(worker.pending).toEqual([]);
    expect(tasksOf(worker).outputOf('1-0')).toEqual([]);
  });

  it('has its place in the output of a handler that has one', async () => {
    const worker = await streaming();
    await worker.add('1-0');
    const delivery = worker.runs.delivery('1-0');
    delivery.write('a');
    await pass(300);
    delivery.progress(1);
    await pass(300);
    delivery.write('b');
    await worker.runs.end('1-0');
    await pass(300);
    expect(written(worker, '1-0')).toEqual(['begin', '"a"', 'p 1', '"b"']);
  });

  it.each([
    [{ maxBytes: 1_024 }, 'x'.repeat(500), 2],
    [{}, 1, 10_000],
  ])('has no more than its share of an output (%j)', async (given, value, count) => {
    const worker = await streaming({ flushMs: 1, ...given });
    await worker.add('1-0');
    const writer = worker.runs.delivery('1-0') as Run;
    for (let n = 0; n < count; n++) (writer.writing as Writer).place(JSON.stringify(value));
    for (const last of [value, 'the last word']) {
      writer.progress(last);
      await pass(300);
    }
    await worker.runs.end('1-0');
    await pass(2_000);
    expect(written(worker, '1-0').filter((entry) => entry?.startsWith('p ')).length).toBe(count);
    expect(tasksOf(worker).records.get('1-0')?.get('progress')).toBe('"the last word"');
  });

  it.each([
    ['is not JSON', 10n, /bigint/],
    ['is undefined', undefined, /undefined/],
    ['is longer than 16 KB', 'x'.repeat(17_000), /17002 bytes/],
  ])('that %s is refused at once', async (_what, value, message) => {
    const worker = await startedWorker();
    await worker.add('1-0');
    expect(() => worker.runs.delivery('1-0').progress(value)).toThrow(message);
  });

  it('after the end is ignored, with one warning', async () => {
    const worker = await startedWorker();
    await worker.add('1-0');
    const delivery = worker.runs.delivery('1-0');
    await worker.runs.end('1-0');
    for (let n = 0; n < 3; n++) delivery.progress(n);
    await pass(1_000);
    expect(worker.broker.calls('keepProgress')).toEqual([]);
    expect(worker.events.of('runRemark').length).toBe(1);
  });
});
