import { expect, it } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';
import { InMemoryBroker } from '../../in-memory/in-memory-broker.js';
import { SuspectPlace } from '../state/suspect-place.js';

useFakeTime();

const blocks = ({ broker }: TestWorker) => broker.calls('read').map(({ args: [, blockMs] }) => blockMs);
const wakes = ({ broker, options }: TestWorker) =>
  broker.calls('wake').filter(({ member }) => member?.stream === options.stream).length;

it('a read blocks for blockMs, or until something is due: a second look after the connection, then the sweeps', async () => {
  const worker = await startedWorker();
  await pass(20_000);
  // Sweeps: at 0, at 5,500 when the first read has surely ended on the server, and 7,125 after that.
  expect(worker.broker.calls('sweep').map(({ at }) => at)).toEqual([0, 5_500, 12_625, 19_750]);
  expect(blocks(worker)).toEqual([5_000, 500, 5_000, 2_125, 5_000, 2_125, 5_000]);
  expect(wakes(worker)).toBe(0);
});

it('a read under way is woken for a retry that this worker scheduled, when that is due', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  await worker.runs.fail('1-0');
  await pass(10);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 1']);

  await pass(980);
  expect(worker.runs.ids).toEqual([]);
  await pass(20);
  expect(worker.runs.delivery('1-0').deliveryCount).toBe(2);
  expect(wakes(worker)).toBe(1);
});

it('a read is not woken for what is due when it has ended by itself', async () => {
  const worker = await startedWorker({ options: { blockMs: 500 } });
  await worker.add('1-0');
  await worker.runs.fail('1-0');
  await pass(1_100);
  expect(worker.runs.delivery('1-0').deliveryCount).toBe(2);
  expect(wakes(worker)).toBe(0);
});

it('a read is woken once for the earliest of several retries, and blocks for the next one after it', async () => {
  const worker = await startedWorker();
  await worker.add('1-0', '2-0');
  await worker.runs.fail('1-0');
  await pass(100);
  await worker.runs.fail('2-0');
  await pass(920);
  expect(worker.runs.ids).toEqual(['1-0']);
  await pass(100);
  expect(worker.runs.ids).toEqual(['1-0', '2-0']);
  expect(wakes(worker)).toBe(1);
});

/** What the error says. */
const backoff = (_: number, error: Error) => Number(error.message);

it('a retry that is due earlier than the one the read would be woken for takes its place', async () => {
  const worker = await startedWorker({ options: { retry: { maxDeliveries: 5, maxAgeMs: 1, backoff } } });
  await worker.add('1-0', '2-0');
  await worker.runs.fail('1-0', new Error('3000'));
  await pass(10);
  await worker.runs.fail('2-0', new Error('1000'));
  await pass(1_010);
  expect(worker.runs.ids).toEqual(['2-0']);
  await pass(2_000);
  expect(worker.runs.ids).toEqual(['2-0', '1-0']);
  // The next read blocked until the later one was due, and ended by itself.
  expect(wakes(worker)).toBe(1);
});

it('a read is woken when a stuck run has ended, as its entry was left to others meanwhile', async () => {
  const worker = await startedWorker({ options: { timeoutMs: 100, abortGraceMs: 100 } });
  await worker.add('1-0');
  await pass(3_000);
  expect(worker.subscription.status().stuck).toMatchObject([{ entryId: '1-0' }]);
  expect(worker.pending).toEqual(['1-0 retry-scheduled 1']);
  const before = wakes(worker);

  await worker.runs.end('1-0');
  expect(wakes(worker)).toBe(before + 1);
  expect(worker.runs.delivery('1-0').deliveryCount).toBe(2);
});

it("a read is woken when the place for a dead worker's entry is free, be it that of another subscription", async () => {
  const suspects = new SuspectPlace();
  const broker = new InMemoryBroker();
  const workers = ['one', 'other'].map((stream) => new TestWorker({ broker, suspects, options: { stream } }));
  for (const worker of workers) {
    worker.stream.createGroup(worker.options.group);
    worker.stream.add(['n', '1'], '1-0');
    await worker.readAndDie(1);
    await worker.start();
  }
  await pass(40_000);
  const [first, second] = workers as [TestWorker, TestWorker];
  expect(first.runs.ids).toEqual(['1-0']);
  expect(second.runs.ids).toEqual([]);
  const before = wakes(second);

  await first.runs.end('1-0');
  expect(wakes(second)).toBe(before + 1);
  expect(second.runs.ids).toEqual(['1-0']);
});
