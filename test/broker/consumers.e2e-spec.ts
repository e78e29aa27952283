import { expect, it } from 'vitest';
import { ME, at, onEveryBroker } from './on-every-broker.js';

const RETRY_CONSUMER = 'retry-scheduled';
const OTHER = 'other@60000ms';

onEveryBroker((open) => {
  it('whoever leaves hands back all that it holds, due at once and uncounted, and is gone', async () => {
    const { delivered, as, me, held, consumers } = await open();
    const ids = await delivered(2);
    const [others] = await delivered(1, OTHER);
    expect(await me.leave()).toBe(2);
    expect(await held()).toEqual([...ids.map((id) => [id, RETRY_CONSUMER, 0]), [others, OTHER, 1]]);
    expect(await consumers()).toEqual([OTHER, RETRY_CONSUMER]);
    const { claimed } = await as(OTHER).claimDue({ limit: 10, notThese: [], late: [] });
    expect(claimed.map(({ id, deliveryCount }) => [id, deliveryCount])).toEqual(ids.map((id) => [id, 1]));
  });

  it('whoever leaves and holds nothing is only gone', async () => {
    const { delivered, settle, me, consumers } = await open();
    const [id] = await delivered(1);
    await settle({ acks: at(1, id!) });
    expect(await me.leave()).toBe(0);
    expect(await me.leave()).toBe(0);
    expect(await consumers()).toEqual([]);
  });

  it('nobody can leave a group that is gone', async () => {
    const { me, destroyGroup } = await open();
    await destroyGroup();
    await expect(me.leave()).rejects.toMatchObject({ kind: 'group-missing' });
  });

  it('consumers of ours that hold nothing and were silent for long are removed, and no others', async () => {
    const { delivered, as, me, consumers, letPass } = await open();
    const done = ['dead@200ms', 'slow@60000ms', 'made-by-hand', 'user@100ms', ME];
    for (const consumer of done) {
      const [id] = await delivered(1, consumer);
      await as(consumer).settle({ acks: at(1, id!), retries: [], deadLetters: [] });
    }
    await delivered(1, 'holds@200ms');
    // Silent for ten leases, and for as long as the caller says.
    expect(await me.pruneConsumers(0)).toEqual([]);
    await letPass(2_100);
    expect(await me.pruneConsumers(60_000)).toEqual([]);
    expect(await me.pruneConsumers(1_000)).toEqual(['dead@200ms']);
    const kept = ['holds@200ms', 'made-by-hand', ME, 'slow@60000ms', 'user@100ms'];
    expect(new Set(await consumers())).toEqual(new Set(kept));
  });

  it('nobody is removed from a group that is gone', async () => {
    const { me, destroyGroup } = await open();
    await destroyGroup();
    await expect(me.pruneConsumers(0)).rejects.toMatchObject({ kind: 'group-missing' });
  });
});
