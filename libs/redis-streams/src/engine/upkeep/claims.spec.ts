import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Group } from '../../model/ports/group.js';
import { pass, runSetting, TestWorker } from '../../../../../test/support/engine.js';
import { DueClock } from '../../timing/due-clock.js';
import { Turn } from '../../timing/turn.js';
import { EngineEvents } from '../events.js';
import { Pause } from '../group/pause.js';
import { Deliveries } from '../state/deliveries/deliveries.js';
import { LinkStability } from '../state/link-stability.js';
import { Progress } from '../state/progress.js';
import { RetrySchedule } from '../state/retry-schedule.js';
import { Slots } from '../state/slots.js';
import { SuspectPlace } from '../state/suspect-place.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import { Claims } from './claims.js';
import { Presence } from './presence.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A server with one retry, which is due by its clock in a minute more than the worker was told. */
function claimsAfterStep() {
  let serverStepMs = 0;
  const serverNow = () => 1_700_000_000_000 + performance.now() + serverStepMs;
  const lateIds: string[][] = [];
  const group = {
    claimDue: async ({ late }: { late: string[] }) => {
      lateIds.push(late);
      const claimed = late.map((id) => ({ id, deliveryCount: 2, fields: [], from: undefined }));
      return { serverNow: serverNow(), nextDueAt: undefined, claimed, deleted: [], cancels: new Map() };
    },
    sweep: async () => ({
      ...{ serverNow: serverNow(), nextDueAt: serverNow() + 60_000, claimed: [], deleted: [], cancels: new Map() },
      ...{ next: { consumer: '', id: '' }, shortestLeaseMs: undefined, consumers: 1, isMoreToTakeOver: false },
    }),
  } as unknown as Group;
  const options = { leaseMs: 30_000, claimForeignAfterMs: 300_000, consumer: 'me' } as SubscriptionOptions;
  const dueClock = new DueClock();
  const retries = new RetrySchedule(dueClock);
  const events = new EngineEvents(options, []);
  const pause = new Pause(events);
  const deliveries = new Deliveries(runSetting(options), new Slots(10), new Progress(), new Turn());
  const claims = new Claims(options, {
    ...{ group, dueClock, retries, stability: new LinkStability(), suspects: new SuspectPlace(), deliveries },
    ...{ pause, presence: new Presence(options, { group, deliveries, pause }), events },
  });
  return { claims, retries, lateIds, setBack: (ms: number) => (serverStepMs -= ms) };
}

it('a retry that was scheduled here runs in time, though the clock of the server was set back by a minute', async () => {
  const { claims, retries, lateIds, setBack } = claimsAfterStep();
  await claims.claim(10);
  retries.add('1-0', 1_000);
  setBack(60_000);
  vi.advanceTimersByTime(8_000);
  await claims.claim(10);
  vi.advanceTimersByTime(8_000);

  expect((await claims.claim(10)).map(({ id }) => id)).toEqual(['1-0']);
  expect(lateIds.at(-1)).toEqual(['1-0']);
});

it('when the next delayed task of the stream is due is told each time, by how long that is', async () => {
  const told: [string, number][] = [];
  const worker = new TestWorker({
    promotion: { consume: () => () => {}, expect: (...at) => told.push(at), look: () => {} },
  });
  await worker.start();
  await worker.add('1-0');
  expect(told).toEqual([]);
  worker.stream.nextDelayedAt = worker.broker.clock.now + 60_000;
  await worker.runs.fail('1-0');
  await pass(1_000);
  expect(told).toEqual([['orders', 59_000]]);
  worker.stream.nextDelayedAt = worker.broker.clock.now - 5;
  await pass(10_000);
  expect(told.slice(1).every(([stream, inMs]) => stream === 'orders' && inMs <= -5)).toBe(true);
});

it('a retry is left to the clock of the server as long as that goes on', async () => {
  const { claims, retries, lateIds } = claimsAfterStep();
  await claims.claim(10);
  retries.add('1-0', 1_000);
  for (let n = 0; n < 3; n++) {
    vi.advanceTimersByTime(8_000);
    expect(await claims.claim(10)).toEqual([]);
  }
  expect(lateIds.flat()).toEqual([]);
});
