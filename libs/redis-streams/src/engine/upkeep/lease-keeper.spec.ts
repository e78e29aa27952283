import { describe, expect, it } from 'vitest';
import { pass, startedWorker, type TestWorker, useFakeTime } from '../../../../../test/support/engine.js';
import { InMemoryBroker } from '../../in-memory/in-memory-broker.js';
import { LeaseLostError } from '../../model/errors/errors.js';
import type { Holder } from '../../model/ports/settlement.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';

useFakeTime();

/** What makes the server say that the entry is held so. */
const TAKE_AWAY: Record<Holder, (worker: TestWorker) => void> = {
  nobody: ({ group }) => group.pending.delete('1-0'),
  deleted: ({ group, stream }) => (group.pending.delete('1-0'), stream.entries.delete('1-0')),
  retry: ({ group }) => group.claim('1-0', RETRY_CONSUMER),
  another: ({ group }) => group.claim('1-0', 'other@30000ms', { deliveryCount: 2 }),
};

/** Another process has restored the group. */
function changeLife({ stream }: TestWorker): void {
  const mark = stream.marks.get('workers')!;
  stream.marks.set('workers', { ...mark, life: { ...mark.life, restores: mark.life.restores + 1 } });
}

interface Case {
  readonly holder: Holder;
  readonly hasRun: boolean;
  readonly wasInTime: boolean;
  readonly lifeChanged: boolean;
  readonly isLost: boolean;
}

const both = [true, false];
const CASES: Case[] = (Object.keys(TAKE_AWAY) as Holder[]).flatMap((holder) =>
  both.flatMap((hasRun) =>
    both.flatMap((wasInTime) =>
      both.map((lifeChanged) => {
        const goesOn = (holder === 'deleted' && wasInTime) || (holder === 'nobody' && lifeChanged);
        return { holder, hasRun, wasInTime, lifeChanged, isLost: hasRun && !goesOn };
      }),
    ),
  ),
);

describe('a renewal finds that the entry is not held any more', () => {
  it.each(CASES)('by $holder, run $hasRun, in time $wasInTime, new life $lifeChanged: lost $isLost', async (given) => {
    const worker = await startedWorker({ broker: new InMemoryBroker({ answerWithinMs: Infinity }) });
    await worker.add('1-0');
    const delivery = worker.runs.delivery('1-0');
    const { signal } = delivery;
    let isToldStuck = false;
    delivery.onStuck = () => (isToldStuck = true);
    // A renewal comes every ten seconds; after three that failed a lease is over.
    if (!given.wasInTime) worker.broker.fail('renew', { kind: 'refused', times: 3 });
    await pass(given.wasInTime ? 9_900 : 39_900);
    if (!given.hasRun) {
      worker.broker.hold('settle');
      await worker.runs.end('1-0');
      await pass(10);
    }
    TAKE_AWAY[given.holder](worker);
    if (given.lifeChanged) changeLife(worker);
    await pass(101);

    expect(worker.broker.calls('renew')).toHaveLength(given.wasInTime ? 1 : 4);
    expect(worker.events.of('leaseLost')).toHaveLength(given.isLost ? 1 : 0);
    expect(worker.subscription.status().stuck).toHaveLength(given.isLost ? 1 : 0);
    expect(isToldStuck).toBe(given.isLost);
    expect(signal.aborted).toBe(given.isLost);
    if (given.isLost) expect(signal.reason).toBeInstanceOf(LeaseLostError);
  });
});
