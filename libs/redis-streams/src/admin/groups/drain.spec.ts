import { expect, it } from 'vitest';
import type { GroupState, GroupWorker } from '../../model/groups/group-state.js';
import { untilDrained } from './drain.js';

const WORKER: GroupWorker = { consumer: 'host:1:a@30000ms', pending: 0, idleMs: 100, slots: 10, hasHeard: true };

function state(worker: Partial<GroupWorker>, more: Partial<GroupState> = {}): GroupState {
  const pause = { reason: undefined, by: undefined, since: new Date(0), until: undefined };
  const nothing = { running: [], leftBehind: 0, retryScheduled: 0 };
  return { stream: 's', group: 'workers', pause, ...nothing, workers: [{ ...WORKER, ...worker }], ...more };
}

/** What is seen at one look after the other. @returns at which of them it is drained */
async function drainedAt(...states: readonly GroupState[]): Promise<number> {
  let looks = 0;
  const look = () => Promise.resolve(states[looks++]!);
  await untilDrained({ look, timeoutMs: 60_000, signal: undefined, onProgress: undefined });
  return looks;
}

it('waits for a frozen worker that has not heard of the pause, until it has said for half a minute that it is there no more', async () => {
  const frozen = state({ hasHeard: false, idleMs: 29_000 });
  const gone = state({ hasHeard: false, idleMs: 31_000, slots: undefined });
  expect(await drainedAt(frozen, frozen, gone)).toBe(3);
});

it('one that never says that it is there is waited for until it has been silent for 15 s', async () => {
  const foreign = (idleMs: number) => state({ hasHeard: false, slots: undefined, idleMs });
  expect(await drainedAt(foreign(14_000), foreign(15_000))).toBe(2);
  expect(await drainedAt(state({ hasHeard: false, slots: undefined, idleMs: undefined }))).toBe(1);
});

it('what a frozen worker runs is waited for as long as its lease counts, and is then left behind', async () => {
  const running = { entryId: '1-1', consumer: WORKER.consumer, deliveryCount: 1, renewedMsAgo: 29_000 };
  const held = state({ hasHeard: true, pending: 1 }, { running: [running] });
  expect(await drainedAt(held, state({ pending: 1 }, { leftBehind: 1 }))).toBe(2);
});
