import { expect, it } from 'vitest';
import { pass, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

const LEASE_MS = 3_000;

/** A worker whose first read took two entries, and its reply comes late by so much. */
async function afterLateRead(lateMs: number, meanwhile: (worker: TestWorker) => void = () => undefined) {
  const worker = new TestWorker({ options: { leaseMs: LEASE_MS } });
  worker.stream.add(['n', '1'], '1-0');
  worker.stream.add(['n', '1'], '2-0');
  const release = worker.broker.hold('read', { times: 1, afterEffect: true });
  await worker.start();
  const [, blockMs] = worker.broker.calls('read')[0]!.args;
  await pass(blockMs + lateMs);
  meanwhile(worker);
  release();
  await pass();
  return worker;
}

it('a read that comes a third of the lease late is checked: what another has by now is not started', async () => {
  const worker = await afterLateRead(1_001, ({ group }) => group.claim('1-0', 'other@3000ms', { deliveryCount: 2 }));
  expect(worker.broker.calls('renew').map(({ args }) => args)).toEqual([[['1-0', '2-0']]]);
  expect(worker.runs.begun).toEqual(['2-0']);
});

it('one that is late by less is started without a question', async () => {
  const worker = await afterLateRead(999);
  expect(worker.broker.calls('renew')).toEqual([]);
  expect(worker.runs.begun).toEqual(['1-0', '2-0']);
});

it('where the check itself fails nothing is started, and the entries come back with the next sweep', async () => {
  const worker = await afterLateRead(1_001, ({ broker }) => broker.fail('renew', { kind: 'disconnected' }));
  expect(worker.runs.begun).toEqual([]);
  await pass(2_000);
  expect(worker.runs.begun).toEqual(['1-0', '2-0']);
  expect(worker.pending).toEqual(['1-0 me 1', '2-0 me 1']);
});
