import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type Scene, ME, at, onEveryBroker } from './on-every-broker.js';

const OTHER = 'other@60000ms';
const KEEP_ALL = {
  ...{ reporter: 'suite', finished: 0, counted: 0, maxEntries: undefined, maxAgeMs: 0 },
  ...{ abandonGroupAfterMs: 0, foreignAfterMs: 300_000, isStable: true },
};

/** What a consumer of the group would read now. */
async function unread({ reader }: Scene): Promise<string[]> {
  const entries = await (await reader()).read(10_000, 0);
  return entries.map(({ id }) => id);
}

onEveryBroker((open) => {
  it('a group that exists is left as it is', async () => {
    const { me } = await open();
    expect(await me.ensure('$', true)).toMatchObject({ outcome: 'exists', putBack: 0, marksFailure: undefined });
  });

  it('a new group begins where it is told to', async () => {
    const scene = await open();
    const { broker, stream, add } = scene;
    const [before] = [await add()];
    const groupOf = (group: string) => broker.group({ stream, group, consumer: ME });
    expect(await groupOf('from-the-end').ensure('$', false)).toMatchObject({
      ...{ outcome: 'created', at: '$', lastDelivered: '', length: 1, putBack: 0 },
      ...{ life: { restores: 0 }, marksFailure: undefined },
    });
    await groupOf('from-the-start').ensure('0-0', false);
    await groupOf('from-an-id').ensure(before, false);
    const after = await add();
    for (const [group, expected] of [
      ['from-the-end', [after]],
      ['from-the-start', [before, after]],
      ['from-an-id', [after]],
    ] as const) {
      const reader = broker.reader({ stream, group, consumer: ME });
      await reader.connect();
      const entries = await reader.read(10, 0);
      reader.close();
      expect([group, entries.map(({ id }) => id)]).toEqual([group, expected]);
    }
  });

  it('a new group makes a stream that is not there', async () => {
    const { broker, me, deleteStream, forgetMarks, group } = await open();
    await deleteStream();
    await forgetMarks();
    expect(await me.ensure('$', false)).toMatchObject({ outcome: 'created', length: 0 });
    expect(group).toBeDefined();
    await broker.answers();
  });

  it('a group that this process knew, without a mark, comes again from the first entry, in a new life', async () => {
    const scene = await open();
    const { me, delivered, destroyGroup, forgetMarks } = scene;
    const before = await me.readLife();
    const ids = await delivered(2);
    await destroyGroup();
    await forgetMarks();
    const reply = await me.ensure('$', true);
    expect(reply).toMatchObject({ outcome: 'restored', at: '0-0', lastDelivered: '', length: 2, putBack: 0 });
    expect(reply.life!.id).not.toBe(before!.life.id);
    expect(await unread(scene)).toEqual(ids);
  });

  it('a lost group is restored where it was, with what was pending back at its owners, in the same life', async () => {
    const scene = await open();
    const { me, delivered, settle, destroyGroup, held } = scene;
    const [done, mine] = await delivered(2);
    const [others] = await delivered(1, OTHER);
    await settle({ acks: at(1, done!) });
    const { life } = (await me.trimHistory(KEEP_ALL))!;
    await destroyGroup();
    const reply = await me.ensure('$', true);
    expect(reply).toMatchObject({ outcome: 'restored', at: others, lastDelivered: others, length: 3, putBack: 2 });
    expect(reply.life).toEqual({ id: life.id, restores: life.restores + 1 });
    expect(await held()).toEqual([
      [mine, ME, 1],
      [others, OTHER, 1],
    ]);
    expect(await unread(scene)).toEqual([]);
    expect(await me.readLife()).toEqual({ life: reply.life, again: undefined });
  });

  it('what was delivered after the mark comes again, and that is known until it has', async () => {
    const scene = await open();
    const { me, delivered, destroyGroup, letPass } = scene;
    const [before] = await delivered(1);
    await me.trimHistory(KEEP_ALL);
    const after = await delivered(2);
    await destroyGroup();
    await me.ensure('$', true);
    expect((await me.readLife())!.again).toEqual({ from: before, to: after.at(-1) });
    expect(await unread(scene)).toEqual(after);
    await me.trimHistory(KEEP_ALL);
    expect((await me.readLife())!.again).toBeDefined();
    await letPass(1_100);
    await eventually(async () => (await me.readLife())!.again === undefined);
  });

  it('a group that had more pending than its mark keeps comes again from the oldest unfinished entry', async () => {
    const scene = await open();
    const { me, delivered, settle, destroyGroup } = scene;
    const [done, ...pending] = await delivered(1_100);
    await settle({ acks: at(1, done!) });
    await me.trimHistory(KEEP_ALL);
    await destroyGroup();
    expect(await me.ensure('$', true)).toMatchObject({ outcome: 'restored', putBack: 0 });
    expect(await unread(scene)).toEqual(pending);
  });

  it('a group whose stream began anew comes from the first entry, in a new life', async () => {
    const scene = await open();
    const { me, delivered, deleteStream, add } = scene;
    await delivered(2);
    const { life } = (await me.trimHistory(KEEP_ALL))!;
    await deleteStream();
    const fresh = await add(['n', '1'], '5-0');
    const reply = await me.ensure('$', true);
    expect(reply).toMatchObject({ outcome: 'restored', at: '0-0', lastDelivered: '', length: 1, putBack: 0 });
    expect(reply.life!.id).not.toBe(life.id);
    expect(await unread(scene)).toEqual([fresh]);
  });

  it('the life goes on while nothing happens, and nothing comes again', async () => {
    const { me, delivered } = await open();
    await delivered(1);
    const first = await me.trimHistory(KEEP_ALL);
    const second = await me.trimHistory(KEEP_ALL);
    expect(first).toMatchObject({ pending: 1, isMoreToTrim: false, life: { restores: 0 } });
    expect(second).toEqual(first);
    expect(await me.readLife()).toEqual({ life: first!.life, again: undefined });
  });

  it('nobody can tell the life of a group that others moved back; then a new one begins', async () => {
    const { me, delivered, moveGroup } = await open();
    await delivered(1);
    const { life } = (await me.trimHistory(KEEP_ALL))!;
    await moveGroup('0-0');
    expect(await me.readLife()).toBeUndefined();
    const next = (await me.trimHistory(KEEP_ALL))!.life;
    expect(next.id).not.toBe(life.id);
    expect(await me.readLife()).toEqual({ life: next, again: undefined });
  });

  it('nobody can tell the life of a group without a mark, nor of one that is gone', async () => {
    const { me, forgetMarks, destroyGroup } = await open();
    await forgetMarks();
    expect(await me.readLife()).toBeUndefined();
    await me.trimHistory(KEEP_ALL);
    await destroyGroup();
    expect(await me.readLife()).toBeUndefined();
    expect(await me.trimHistory(KEEP_ALL)).toBeUndefined();
  });

  it('marks that cannot be kept are told, and do not keep a group from being created', async () => {
    const scene = await open();
    const { me, delivered, destroyGroup, refuseMarks } = scene;
    const ids = await delivered(1);
    await refuseMarks();
    const failure = { kind: 'wrong-type', message: expect.stringContaining('WRONGTYPE') as string };
    expect((await me.ensure('$', true)).marksFailure).toMatchObject(failure);
    await destroyGroup();
    expect(await me.ensure('$', true)).toMatchObject({
      outcome: 'restored',
      at: '0-0',
      marksFailure: failure,
    });
    expect(await unread(scene)).toEqual(ids);
    await expect(me.trimHistory(KEEP_ALL)).rejects.toMatchObject({ kind: 'wrong-type' });
    await expect(me.readLife()).rejects.toMatchObject({ kind: 'wrong-type' });
  });
});
