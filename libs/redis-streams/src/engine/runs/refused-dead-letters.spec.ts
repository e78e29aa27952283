import { describe, expect, it } from 'vitest';
import { isSettled, pass, useFakeTime } from '../../../../../test/support/engine.js';
import { engineParts } from '../../../../../test/support/engine-parts.js';
import { ACK, type Verdict } from '../../model/policy/retry-policy.js';

useFakeTime();

const DEAD: Verdict = {
  ...{ kind: 'dead-letter', reason: 'max-deliveries', deliveries: 1, error: new Error('no luck') },
};
const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';

/** One entry is done, another goes to a dead letter that takes none. */
async function refused() {
  const parts = engineParts();
  const [done, dead] = await parts.take(2);
  parts.stream.deadLetterError = WRONG_TYPE;
  parts.settlement.push(dead!, DEAD);
  parts.settlement.push(done!, ACK);
  await pass();
  return { ...parts, dead: dead! };
}

describe('a dead letter that Redis refuses', () => {
  it('is told of, its lease is kept, and what was settled with it is settled', async () => {
    const { told, dead, deliveries, pending, settlement, progress } = await refused();
    expect(told.types.slice(1)).toEqual(['completed', 'deadLetterRefused']);
    expect(told.of('deadLetterRefused')).toMatchObject([
      { lease: { entryId: dead.entryId }, reason: WRONG_TYPE, retryInMs: 5_000 },
    ]);
    expect([...deliveries.leases]).toEqual([dead]);
    expect(pending()).toEqual([`${dead.entryId} me 1`]);
    expect(settlement.status()).toMatchObject({ deadLetterFailure: WRONG_TYPE });
    expect(progress.finished).toBe(1);
  });

  it('is tried again every five seconds, until it is taken', async () => {
    const { told, broker, stream, settlement, deliveries, pending } = await refused();
    await pass(4_999);
    expect(broker.calls('settle')).toHaveLength(1);
    await pass(1);
    expect(broker.calls('settle')).toHaveLength(2);
    expect(told.of('deadLetterRefused')).toHaveLength(2);
    stream.deadLetterError = undefined;
    await pass(5_000);
    expect(told.of('deadLettered')).toHaveLength(1);
    expect(stream.deadLetters).toHaveLength(1);
    expect([deliveries.leases.size, pending().length]).toEqual([0, 0]);
    expect(settlement.status()).toMatchObject({ deadLetterFailure: undefined });
  });

  it('holds up no other settlement', async () => {
    const { take, settlement, told } = await refused();
    const [other] = await take(1);
    settlement.push(other!, ACK);
    await pass(10);
    expect(told.of('completed')).toHaveLength(2);
  });

  it('is waited for by who drains', async () => {
    const { settlement, stream } = await refused();
    const drained = settlement.drained();
    stream.deadLetterError = undefined;
    await pass(4_999);
    expect(await isSettled(drained)).toBe(false);
    await pass(1);
    expect(await isSettled(drained)).toBe(true);
  });
});
