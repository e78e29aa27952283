import { expect, it } from 'vitest';
import { pass, startedWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

/** Past the next mark. */
const MARKED_MS = 200;

it('an entry that is read again, as the group was restored from an older mark, is not run twice', async () => {
  const worker = await startedWorker({ handler: undefined });
  await worker.add('1-0');
  await worker.runs.end('1-0');
  await pass(MARKED_MS);
  await worker.add('2-0');
  await worker.runs.end('2-0');
  await pass(10);
  expect(worker.pending).toEqual([]);

  worker.stream.destroyGroup('workers');
  await pass(1_000);
  expect(worker.events.of('groupRestored')).toHaveLength(1);
  expect(worker.group.lastDelivered).toBe('2-0');
  expect(worker.runs.begun).toEqual(['1-0', '2-0']);
  expect(worker.pending).toEqual([]);
});

it('an entry that is pending again, as the mark knew it as such, is not run twice', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  await pass(MARKED_MS);
  await worker.runs.end('1-0');
  await pass(10);

  worker.stream.destroyGroup('workers');
  await pass(100);
  expect(worker.pending).toEqual(['1-0 me 1']);
  await pass(8_000);
  expect(worker.pending).toEqual([]);
  expect(worker.runs.begun).toEqual(['1-0']);
});

it('what runs when the group is lost goes on, is put back with it, and is settled as if nothing had happened', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  await pass(MARKED_MS);
  worker.stream.destroyGroup('workers');
  await pass(8_000);
  expect(worker.runs.begun).toEqual(['1-0']);
  expect(worker.pending).toEqual(['1-0 me 1']);

  await worker.runs.end('1-0');
  await pass(10);
  expect(worker.pending).toEqual([]);
  expect(worker.events.of('completed')).toHaveLength(1);
  expect(worker.events.of('leaseLost')).toEqual([]);
});

it('an entry that somebody wants to run again, by moving the group back, runs again', async () => {
  const worker = await startedWorker();
  await worker.add('1-0');
  await worker.runs.end('1-0');
  await pass(MARKED_MS);
  worker.group.lastDelivered = '0-0';
  await pass(8_000);
  expect(worker.runs.begun).toEqual(['1-0', '1-0']);
});
