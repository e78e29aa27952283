import { expect, it } from 'vitest';
import { pass, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

/** A worker beside one that died with so many entries. */
async function besideDead(count: number) {
  const worker = new TestWorker();
  worker.stream.createGroup(worker.options.group);
  for (let n = 1; n <= count; n++) worker.stream.add(['n', '1'], `${n}-0`);
  await worker.readAndDie(count);
  await worker.start();
  return worker;
}

it("a dead worker's entries are left alone until its lease has ended, and then taken over one at a time", async () => {
  const worker = await besideDead(3);
  await pass(29_000);
  expect(worker.runs.ids).toEqual([]);

  await pass(8_000);
  expect(worker.runs.ids).toEqual(['1-0']);
  expect(worker.pending).toEqual(['1-0 me 2', '2-0 dead 1', '3-0 dead 1']);
  expect(worker.events.of('takenOver')).toEqual([
    { type: 'takenOver', entryId: '1-0', deliveryCount: 2, from: 'dead@30000ms' },
  ]);

  await worker.runs.end('1-0');
  expect(worker.runs.ids).toEqual(['2-0']);
  await worker.runs.end('2-0');
  expect(worker.runs.ids).toEqual(['3-0']);
});

it('new entries run beside a suspect', async () => {
  const worker = await besideDead(2);
  await pass(37_000);
  await worker.add('7-0', '8-0');
  expect(worker.runs.ids).toEqual(['1-0', '7-0', '8-0']);
});

it('a suspect that has run for a lease is innocent, and the next one starts beside it', async () => {
  const worker = await besideDead(2);
  await pass(35_000);
  expect(worker.runs.ids).toEqual(['1-0']);
  await pass(28_000);
  expect(worker.runs.ids).toEqual(['1-0']);
  await pass(2_000);
  expect(worker.runs.ids).toEqual(['1-0', '2-0']);
});

it('an entry whose workers died too often goes to the dead letter unrun, and the next one has its turn', async () => {
  const worker = await besideDead(2);
  const [first] = worker.group.held;
  worker.group.pending.set({ ...first!, deliveryCount: worker.options.retry.maxDeliveries });
  await pass(37_000);
  expect(worker.runs.begun).toEqual(['2-0']);
  expect(worker.stream.deadLetters).toHaveLength(1);
  expect(worker.events.of('deadLettered')).toMatchObject([{ verdict: { reason: 'max-deliveries' } }]);
});

it('a suspect whose lease this worker loses while it runs keeps the place until its run has ended', async () => {
  const worker = await besideDead(2);
  await pass(37_000);
  worker.group.claim('1-0', 'other@30000ms', { deliveryCount: 3 });
  await pass(11_000);
  expect(worker.events.of('leaseLost')).toHaveLength(1);
  expect(worker.runs.ids).toEqual(['1-0']);
  await worker.runs.end('1-0');
  expect(worker.runs.ids).toEqual(['2-0']);
});
