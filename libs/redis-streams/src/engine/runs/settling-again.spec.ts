import { describe, expect, it } from 'vitest';
import { isSettled, pass, useFakeTime } from '../../../../../test/support/engine.js';
import { engineParts } from '../../../../../test/support/engine-parts.js';
import { ACK, type Verdict } from '../../model/policy/retry-policy.js';
import type { TrimHistoryCommand } from '../../model/ports/group.js';
import type { FailureKind } from '../../model/ports/redis-failure.js';

useFakeTime();

const error = new Error('no luck');
const RETRY: Verdict = { kind: 'retry', because: 'failure', delayMs: 1_000, deliveryCount: 1, error };
const DEAD: Verdict = { kind: 'dead-letter', reason: 'max-deliveries', deliveries: 1, error };

const SAVE_MARK: TrimHistoryCommand = {
  ...{ reporter: 'me', finished: 0, counted: 0, maxEntries: undefined, maxAgeMs: 0 },
  ...{ abandonGroupAfterMs: 0, foreignAfterMs: 300_000, isStable: true },
};

/** One entry was delivered, and its verdict is on its way. */
async function settling(verdict: Verdict, prepare: (broker: ReturnType<typeof engineParts>['broker']) => void) {
  const parts = engineParts();
  const [lease] = await parts.take(1);
  prepare(parts.broker);
  parts.settlement.push(lease!, verdict);
  await pass();
  return { ...parts, lease: lease!, id: lease!.entryId, attempts: () => parts.broker.calls('settle').length };
}

/** All but that the group is missing, which is another case. */
const FAILURES: Record<Exclude<FailureKind, 'group-missing'>, string> = {
  disconnected: 'Connection is closed.',
  'read-only': "READONLY You can't write against a read only replica.",
  elsewhere: 'MOVED 42 127.0.0.1:7001',
  forbidden: 'NOPERM this user has no permissions',
  'wrong-type': 'WRONGTYPE Operation against a key holding the wrong kind of value',
  refused: "OOM command not allowed when used memory > 'maxmemory'.",
};

describe('a settlement that fails', () => {
  for (const [kind, message] of Object.entries(FAILURES) as [FailureKind, string][]) {
    it(`is repeated until it is answered, and told of once: ${kind}`, async () => {
      const { attempts, told, pending, settlement } = await settling(ACK, (broker) =>
        broker.fail('settle', { kind, message, times: 3 }),
      );
      expect(attempts()).toBe(1);
      expect(settlement.status()).toMatchObject({ failure: message });
      await pass(10_000);
      expect(attempts()).toBe(4);
      expect(told.of('settlementDelayed')).toEqual([{ type: 'settlementDelayed', entries: 1, reason: message }]);
      expect(told.of('completed')).toHaveLength(1);
      expect(pending()).toEqual([]);
      expect(settlement.status()).toMatchObject({ failure: undefined, waitingMs: 0 });
    });
  }

  it('tells for how long it waits for its answer', async () => {
    const { settlement } = await settling(ACK, (broker) => void broker.hold('settle'));
    await pass(2_000);
    expect(settlement.status()).toMatchObject({ waitingMs: 2_000, failure: undefined });
  });

  it('as the group is gone: that is restored, and what came back with it is settled as if nothing had happened', async () => {
    const parts = engineParts();
    const [lease] = await parts.take(1);
    await parts.group.trimHistory(SAVE_MARK);
    parts.stream.destroyGroup(parts.options.group);
    parts.settlement.push(lease!, ACK);
    await pass(100);
    expect(parts.told.types).toEqual(['groupCreated', 'groupRestored', 'completed']);
    expect(parts.pending()).toEqual([]);
  });

  it('is repeated though the group cannot be created either', async () => {
    const { attempts } = await settling(ACK, (broker) => {
      broker.stream('orders').destroyGroup('workers');
      broker.fail('ensure', { kind: 'disconnected', times: 2 });
    });
    await pass(5_000);
    expect(attempts()).toBeGreaterThan(2);
  });
});

it('a settlement that fails after the group was missing is told of, too', async () => {
  const { told } = await settling(ACK, (broker) => {
    broker.fail('settle', { kind: 'group-missing' });
    broker.fail('settle', { kind: 'disconnected', message: 'Connection is closed.' });
  });
  await pass(1_000);
  expect(told.of('settlementDelayed')).toMatchObject([{ reason: 'Connection is closed.' }]);
});

describe('a settlement whose answer is lost', () => {
  it('of what is done: it is done once', async () => {
    const { told, pending, progress } = await settling(ACK, (broker) =>
      broker.fail('settle', { kind: 'disconnected', afterEffect: true }),
    );
    await pass(1_000);
    expect(told.types).toEqual(['groupCreated', 'settlementDelayed', 'completed']);
    expect(progress.finished).toBe(1);
    expect(pending()).toEqual([]);
  });

  it('of a retry: it is scheduled once', async () => {
    const { told, pending, id, retries } = await settling(RETRY, (broker) =>
      broker.fail('settle', { kind: 'disconnected', afterEffect: true }),
    );
    retries.nextIn(Infinity);
    await pass(1_500);
    expect(told.types).toEqual(['groupCreated', 'settlementDelayed', 'retryScheduled']);
    expect(pending()).toEqual([`${id} retry-scheduled 1`]);
    expect(retries.isDue).toBe(true);
  });

  it('of a dead letter: it is kept once', async () => {
    const { told, stream, progress } = await settling(DEAD, (broker) =>
      broker.fail('settle', { kind: 'disconnected', afterEffect: true }),
    );
    await pass(1_000);
    expect(told.types).toEqual(['groupCreated', 'settlementDelayed', 'deadLettered']);
    expect(stream.deadLetters).toHaveLength(1);
    expect(progress.finished).toBe(1);
  });

  it('and which the connection sent again by itself: the same', async () => {
    for (const [verdict, type] of [
      [ACK, 'completed'],
      [RETRY, 'retryScheduled'],
      [DEAD, 'deadLettered'],
    ] as const) {
      const { told } = await settling(verdict, (broker) => broker.resend('settle'));
      expect(told.types).toEqual(['groupCreated', type]);
    }
  });

  it('after the group was only missing, nothing may have happened before: what another has is lost', async () => {
    const { told, stream, id } = await settling(ACK, (broker) => broker.fail('settle', { kind: 'group-missing' }));
    stream.group('workers')!.pending.delete(id);
    await pass(1_000);
    expect(told.types).toEqual(['groupCreated', 'leaseLost']);
  });
});

it('what is given again while its settlement is under way, as its group was restored, is settled once more', async () => {
  const parts = engineParts();
  const { stream, options, settlement, broker, deliveries, told, pending } = parts;
  const [done, failed] = await parts.take(2);
  const group = stream.group(options.group)!;
  const rows = group.held;
  for (const { id } of rows) group.pending.delete(id);
  const release = broker.hold('settle', { times: 1, afterEffect: true });
  settlement.push(done!, ACK);
  settlement.push(failed!, RETRY);
  await pass(10);
  for (const row of rows) group.putBack(row);
  for (const lease of [done!, failed!]) deliveries.giveAgain(lease, 1, performance.now());
  release();
  await pass(10);
  expect(broker.calls('settle')).toHaveLength(2);
  expect(told.types).toEqual(['groupCreated', 'completed', 'retryScheduled']);
  expect(pending()).toEqual([`${failed!.entryId} retry-scheduled 1`]);
});

describe('a settlement that is given up', () => {
  it('is not repeated, and its entries stay as they are', async () => {
    const { settlement, attempts, pending, id, told } = await settling(ACK, (broker) =>
      broker.fail('settle', { kind: 'disconnected', times: Infinity }),
    );
    settlement.close();
    await pass(10_000);
    expect(attempts()).toBe(1);
    expect(pending()).toEqual([`${id} me 1`]);
    expect(told.of('completed')).toEqual([]);
    expect(await isSettled(settlement.drained())).toBe(true);
  });
});
