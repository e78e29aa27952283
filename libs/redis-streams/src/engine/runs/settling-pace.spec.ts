import { describe, expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { type EngineParts, engineParts } from '../../../../../test/support/engine-parts.js';
import { ACK, verdictBeforeStart } from '../../model/policy/retry-policy.js';
import type { Lease } from '../state/deliveries/delivery.js';

useFakeTime();

/** How many entries each settlement was for. */
function sizes({ broker }: EngineParts): number[] {
  return broker
    .calls('settle')
    .map(({ args: [{ acks, retries, deadLetters }] }) => acks.length + retries.length + deadLetters.length);
}

function done({ settlement }: EngineParts, ...leases: (Lease | undefined)[]): void {
  for (const lease of leases) settlement.push(lease!, ACK);
}

describe('when results are settled', () => {
  it('the first at once, all of one turn together', async () => {
    const parts = engineParts();
    done(parts, ...(await parts.take(3)));
    await pass();
    expect(sizes(parts)).toEqual([3]);
    expect(parts.pending()).toEqual([]);
  });

  it('soon after another, what comes within 5 ms goes together', async () => {
    const parts = engineParts();
    const leases = await parts.take(4);
    for (const lease of leases) {
      done(parts, lease);
      await pass(lease === leases[0] ? 0 : 1);
    }
    await pass(1);
    expect(sizes(parts)).toEqual([1]);
    await pass(1);
    expect(sizes(parts)).toEqual([1, 3]);
  });

  it('5 ms after another, at once again', async () => {
    const parts = engineParts();
    const [first, second] = await parts.take(2);
    done(parts, first);
    await pass(5);
    done(parts, second);
    await pass();
    expect(sizes(parts)).toEqual([1, 1]);
  });

  it('a few megabytes of kept results at a time, so that Redis is not held up, and plain ones all together', async () => {
    const parts = engineParts({ concurrency: 20 });
    const fields = ['result', 'x'.repeat(1_500_000)];
    const note = { state: 'completed' as const, fields, ttlMs: 1_000 };
    for (const lease of await parts.take(8)) parts.settlement.push(lease, { kind: 'ack', result: undefined, note });
    done(parts, ...(await parts.take(5)));
    await pass(100);
    expect(sizes(parts)).toEqual([3, 3, 7]);
    expect(parts.pending()).toEqual([]);
    done(parts, ...(await parts.take(5)));
    await pass(100);
    expect(sizes(parts)).toEqual([3, 3, 7, 5]);
  });

  it('at once, however soon, when as many wait as handlers may run', async () => {
    for (const concurrency of [3, 17]) {
      const parts = engineParts({ concurrency });
      const [first, ...others] = await parts.take(concurrency + 1);
      done(parts, first);
      await pass();
      done(parts, ...others);
      await pass();
      expect(sizes(parts)).toEqual([1, concurrency]);
    }
  });

  it('at once, however soon, when 32 wait of which some are kept', async () => {
    const parts = engineParts({ concurrency: 100 });
    const note = { state: 'completed' as const, fields: ['result', '1'], ttlMs: 1_000 };
    const [first, kept, ...others] = await parts.take(33);
    done(parts, first);
    await pass();
    parts.settlement.push(kept!, { kind: 'ack', result: undefined, note });
    done(parts, ...others.slice(1));
    await pass();
    expect(sizes(parts)).toEqual([1]);
    done(parts, others[0]);
    await pass();
    expect(sizes(parts)).toEqual([1, 32]);
  });

  it('before who waits for the turn goes on, where few are a full house; after, where they are many', async () => {
    for (const [concurrency, sentBefore] of [
      [16, 1],
      [17, 0],
    ] as const) {
      const parts = engineParts({ concurrency });
      const leases = await parts.take(concurrency);
      const sent = parts.turn.ended().then(() => sizes(parts).length);
      done(parts, ...leases);
      expect(await sent).toBe(sentBefore);
      await pass();
      expect(sizes(parts)).toEqual([concurrency]);
    }
  });

  it('one settlement at a time: what comes meanwhile goes with the next', async () => {
    const parts = engineParts({ concurrency: 2 });
    const leases = await parts.take(6);
    const release = parts.broker.hold('settle', { times: 1 });
    done(parts, leases[0]);
    for (const lease of leases.slice(1)) {
      await pass(100);
      done(parts, lease);
    }
    await pass(100);
    expect(sizes(parts)).toEqual([1]);
    release();
    await pass();
    expect(sizes(parts)).toEqual([1, 5]);
    expect(parts.pending()).toEqual([]);
  });

  it('of very many failures 500 at a time, and all that is done with the first', async () => {
    const parts = engineParts({ concurrency: 1_000 });
    const leases = await parts.take(1_010);
    const verdict = verdictBeforeStart(parts.options.retry, 6)!;
    for (const lease of leases.slice(10)) parts.settlement.push(lease, verdict);
    done(parts, ...leases.slice(0, 10));
    await pass(10);
    expect(sizes(parts)).toEqual([510, 500]);
    expect(parts.pending()).toEqual([]);
  });
});

describe('settlement is drained', () => {
  it('when nothing was to settle', async () => {
    await engineParts().settlement.drained();
  });

  it('when all is settled, without waiting for more to come', async () => {
    const parts = engineParts();
    const [first, second] = await parts.take(2);
    done(parts, first);
    await pass();
    done(parts, second);
    await parts.settlement.drained();
    expect(sizes(parts)).toEqual([1, 1]);
    expect(parts.pending()).toEqual([]);
  });

  it('when that is settled, too, which came while it waited', async () => {
    const parts = engineParts();
    const [first, second] = await parts.take(2);
    const release = parts.broker.hold('settle', { times: 1 });
    done(parts, first);
    const drained = parts.settlement.drained();
    done(parts, second);
    release();
    await drained;
    expect(parts.pending()).toEqual([]);
  });
});
