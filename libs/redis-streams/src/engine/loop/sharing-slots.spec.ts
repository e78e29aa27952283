import { expect, it } from 'vitest';
import { HeldRuns, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

/** Old entries, whose retry is due, and new ones. */
async function withOldAndNew(concurrency: number, count: number, runs?: HeldRuns) {
  const begun: string[] = [];
  const handler = runs?.handler ?? (async ({ entryId }) => void begun.push(entryId));
  const worker = new TestWorker({ options: { concurrency }, handler });
  worker.stream.createGroup(worker.options.group);
  for (let n = 0; n < count; n++) worker.stream.add(['old', ''], `${n + 10}-0`);
  await worker.readAndDie(count, 'left@30000ms');
  await worker.broker.group({ ...worker.options, consumer: 'left@30000ms' }).leave();
  for (let n = 0; n < count; n++) worker.stream.add(['new', ''], `${n + 100}-0`);
  await worker.start();
  return { worker, begun };
}

it('with one slot, due retries and new entries take turns', async () => {
  const { begun } = await withOldAndNew(1, 4);
  expect(begun).toEqual(['10-0', '100-0', '11-0', '101-0', '12-0', '102-0', '13-0', '103-0']);
});

it('with more, the first half is for due retries and the rest for new entries, which are not waited for', async () => {
  const runs = new HeldRuns();
  const { worker } = await withOldAndNew(6, 10, runs);
  expect(runs.begun).toEqual(['10-0', '11-0', '12-0', '100-0', '101-0', '102-0']);
  expect(worker.broker.calls('read').at(-1)!.args).toEqual([3, 0]);
});

it('where few retries are due, new entries get the slots that those leave', async () => {
  const runs = new HeldRuns();
  await withOldAndNew(6, 2, runs);
  expect(runs.begun).toEqual(['10-0', '11-0', '100-0', '101-0']);
});

it('with one slot, old and new take turns also where each run lasts', async () => {
  const runs = new HeldRuns();
  await withOldAndNew(1, 2, runs);
  for (const id of ['10-0', '100-0', '11-0']) await runs.end(id);
  expect(runs.begun).toEqual(['10-0', '100-0', '11-0', '101-0']);
});
