import { expect, it } from 'vitest';
import { ME, at, onEveryBroker } from './on-every-broker.js';

const OTHER = 'other@60000ms';

onEveryBroker((open) => {
  it('a renewed entry is idle no more, and keeps its delivery count', async () => {
    const { delivered, age, me, pending, serverNow } = await open();
    const [renewed, left] = await delivered(2);
    await age(30_000);
    const before = await serverNow();
    const reply = await me.renew([renewed!]);
    expect(reply.lost.size).toBe(0);
    expect(reply.serverNow).toBeGreaterThanOrEqual(before);
    expect(reply.serverNow).toBeLessThanOrEqual(await serverNow());
    const [first, second] = await pending();
    expect(first).toMatchObject({ id: renewed, consumer: ME, deliveryCount: 1 });
    expect(first!.idleMs).toBeLessThan(30_000);
    expect(second!.id).toBe(left);
    expect(second!.idleMs).toBeGreaterThanOrEqual(30_000);
  });

  it('more entries than one command of Redis takes are renewed in one call', async () => {
    const { delivered, age, me, pending } = await open();
    const ids = await delivered(5_500);
    await age(60_000);
    expect((await me.renew(ids)).lost.size).toBe(0);
    expect((await pending()).every(({ idleMs }) => idleMs < 60_000)).toBe(true);
  });

  it('what this consumer holds no more is told with who does, and left alone', async () => {
    const { delivered, scheduled, settle, deleteEntry, age, me, pending } = await open();
    const [done, deleted, mine] = await delivered(3);
    const [waiting] = await scheduled(60_000);
    const [others] = await delivered(1, OTHER);
    await settle({ acks: at(1, done!, deleted!) });
    await deleteEntry(deleted!);
    await age(30_000);
    const { lost } = await me.renew([done!, deleted!, mine!, waiting!, others!]);
    expect([...lost]).toEqual([
      [done, 'nobody'],
      [deleted, 'deleted'],
      [waiting, 'retry'],
      [others, 'another'],
    ]);
    const idle = (await pending()).filter(({ idleMs }) => idleMs >= 30_000);
    expect(idle.map(({ id }) => id)).toEqual([waiting, others]);
  });

  it('an entry that was deleted while it runs is kept, or dropped and told as deleted the next time', async () => {
    const { delivered, deleteEntry, me, held, features } = await open();
    const [id] = await delivered(1);
    await deleteEntry(id!);
    expect((await me.renew([id!])).lost.size).toBe(0);
    const { lost } = await me.renew([id!]);
    if (features.keepsDeletedPending) expect(lost.size).toBe(0);
    else expect([...lost]).toEqual([[id, 'deleted']]);
    expect((await held()).length).toBe(features.keepsDeletedPending ? 1 : 0);
  });

  it('of nothing, nothing is lost', async () => {
    const { me, delivered } = await open();
    await delivered(1);
    expect((await me.renew([])).lost.size).toBe(0);
  });

  it('without the group nothing is renewed', async () => {
    const { delivered, destroyGroup, me } = await open();
    const ids = await delivered(1);
    await destroyGroup();
    await expect(me.renew(ids)).rejects.toMatchObject({ kind: 'group-missing' });
  });
});
