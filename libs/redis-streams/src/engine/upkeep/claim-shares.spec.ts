import { describe, expect, it } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { SuspectPlace } from '../state/suspect-place.js';

useFakeTime();

const sweeps = ({ broker }: TestWorker) => broker.calls('sweep').map(({ args: [command] }) => command);

/** So many lost replies, and so many due retries. */
async function withBoth(own: number, due: number) {
  const worker = new TestWorker({ options: { concurrency: 8 } });
  const group = worker.stream.createGroup('workers');
  for (let n = 10; n < 10 + own + due; n++) worker.stream.add(['n', '1'], `${n}-0`);
  group.read(worker.options.consumer, own);
  for (const { id } of group.read(RETRY_CONSUMER, due)) {
    group.claim(id, RETRY_CONSUMER);
    worker.stream.retriesOf('workers').set(id, worker.broker.clock.now);
  }
  await worker.start();
  return worker;
}

describe('beside due retries', () => {
  it('when both are due the sweep leaves half of what may be claimed to retries', async () => {
    const worker = await withBoth(9, 9);
    // Of eight slots four are for claims; two of them for either.
    expect(worker.runs.begun.slice(0, 4)).toEqual(['10-0', '11-0', '19-0', '20-0']);
    expect(sweeps(worker)[0]!.limit).toBe(2);
    expect(worker.broker.calls('claimDue')[0]!.args[0].limit).toBe(2);
  });

  it('retries get what the sweep leaves', async () => {
    const worker = await withBoth(1, 9);
    expect(worker.broker.calls('claimDue')[0]!.args[0].limit).toBe(3);
  });

  it('without a due retry the sweep has all of it, and none are asked for', async () => {
    const worker = await startedWorker({ options: { concurrency: 8 } });
    const asked = worker.broker.calls('claimDue').length;
    await pass(6_000);
    expect(sweeps(worker).at(-1)!.limit).toBe(4);
    expect(worker.broker.calls('claimDue')).toHaveLength(asked);
  });

  it('without a due sweep retries have all of it', async () => {
    const worker = await startedWorker({ options: { concurrency: 8 } });
    await worker.add('1-0');
    await worker.runs.fail('1-0');
    await pass(1_100);
    expect(sweeps(worker)).toHaveLength(1);
    expect(worker.broker.calls('claimDue').at(-1)!.args[0].limit).toBe(4);
  });
});

describe("the place for a dead worker's entry", () => {
  it('is asked for with each sweep, and given back where none was found, or the sweep failed', async () => {
    const suspects = new SuspectPlace();
    const worker = new TestWorker({ suspects });
    worker.broker.fail('sweep', { kind: 'refused' });
    await worker.start();
    await pass(100);
    expect(sweeps(worker).map(({ takeOver }) => takeOver)).toEqual([1, 1]);
    expect(suspects.take()).toBe(true);
  });

  it('where it is taken, the sweep takes nothing over', async () => {
    const suspects = new SuspectPlace();
    suspects.take();
    const worker = new TestWorker({ suspects });
    worker.stream.createGroup('workers');
    worker.stream.add(['n', '1'], '1-0');
    await worker.readAndDie(1, 'dead@3000ms');
    await worker.start();
    await pass(30_000);
    expect(new Set(sweeps(worker).map(({ takeOver }) => takeOver))).toEqual(new Set([0]));
    expect(worker.pending).toEqual(['1-0 dead 1']);

    suspects.free();
    await pass();
    expect(worker.runs.ids).toEqual(['1-0']);
  });

  it('an entry of a foreign worker, which is no consumer of ours, is taken over after claimForeignAfterMs', async () => {
    const worker = new TestWorker({ options: { claimForeignAfterMs: 50_000 } });
    const group = worker.stream.createGroup('workers');
    worker.stream.add(['n', '1'], '1-0');
    group.read('celery', 1);
    await worker.start();
    await pass(49_000);
    expect(worker.runs.ids).toEqual([]);
    await pass(8_000);
    expect(worker.runs.ids).toEqual(['1-0']);
    expect(worker.events.of('takenOver')).toMatchObject([{ from: 'celery' }]);
  });
});
