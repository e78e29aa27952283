import { describe, expect, it } from 'vitest';
import type { OutputFlush } from '../../libs/redis-streams/src/model/ports/output.js';
import { at, ME, onEveryBroker, type Scene } from './on-every-broker.js';

const OTHER = 'other@60000ms';
const HOUR_MS = 3_600_000;
const NOTHING: ReadonlySet<string> = new Set();

/** Begins a run on each, as its consumer. @returns their numbers */
const opened = async ({ as }: Scene, ids: readonly string[], consumer = ME) =>
  as(consumer).openRuns(at(1, ...ids).map((owned) => ({ ...owned, ttlMs: HOUR_MS })));

const chunks = (entryId: string, run: string, from: number, ...values: string[]): OutputFlush => ({
  ...{ entryId, deliveryCount: 1, run, from },
  entries: values.flatMap((value) => ['c', value]),
});

/** What was written after the beginning. */
const written = async ({ output }: Scene, id: string) =>
  (await output(id)).filter(({ id: place }) => !place.endsWith('-0')).map(({ fields }) => fields[1]);

/** Another consumer has the entry now, at the same count. */
const passOn = async ({ settle, as, letPass }: Scene, id: string) => {
  await settle({ retries: [{ entryId: id, deliveryCount: 1, delayMs: 0, keepCount: 0 }] });
  await letPass(1);
  await as(OTHER).claimDue({ limit: 1, notThese: [], late: [] });
};

onEveryBroker((open) => {
  it('what is done once is kept by who holds the entry at that count, and read by anybody', async () => {
    const scene = await open();
    const [id] = await scene.delivered(1);
    const charge = { entryId: id!, deliveryCount: 1, name: 'charge' };
    expect(await scene.me.readOnce(charge)).toBeUndefined();
    expect(await scene.me.keepOnce({ ...charge, value: '{"a":1}' })).toBe(true);
    expect(await scene.me.keepOnce({ ...charge, deliveryCount: 2, value: '2' })).toBe(false);
    await passOn(scene, id!);
    expect(await scene.me.keepOnce({ ...charge, value: '3' })).toBe(false);
    expect(await scene.as(OTHER).readOnce(charge)).toBe('{"a":1}');
    expect(await scene.as(OTHER).readOnce({ ...charge, name: 'other' })).toBeUndefined();
  });

  describe('runs', () => {
    it('have numbers by the server’s clock, and begin their output', async () => {
      const scene = await open();
      const ids = await scene.delivered(2);
      const before = await scene.serverNow();
      const runs = await opened(scene, ids);
      for (const id of ids) {
        const run = runs.get(id)!;
        expect(Number(run)).toBeGreaterThanOrEqual(before);
        expect(await scene.output(id)).toEqual([{ id: `${run}-0`, fields: ['b', `1 ${ME}`] }]);
      }
    });

    it('have greater numbers the later they begin, within a millisecond, too', async () => {
      const scene = await open();
      const [id] = await scene.delivered(1);
      const first = (await opened(scene, [id!])).get(id!)!;
      await scene.me.appendOutput([chunks(id!, first, 1, '"a"')], HOUR_MS);
      const second = (await opened(scene, [id!])).get(id!)!;
      expect(Number(second)).toBeGreaterThan(Number(first));
    });

    it('begin once, though it is said twice', async () => {
      const scene = await open();
      const [id] = await scene.delivered(1);
      expect(await opened(scene, [id!])).toEqual(await opened(scene, [id!]));
      expect((await scene.output(id!)).length).toBe(1);
    });

    it('do not begin on what another consumer has, or has at another count', async () => {
      const scene = await open();
      const [mine] = await scene.delivered(1);
      const [others] = await scene.delivered(1, OTHER);
      const runs = await scene.me.openRuns([
        { entryId: mine!, deliveryCount: 2, ttlMs: HOUR_MS },
        { entryId: others!, deliveryCount: 1, ttlMs: HOUR_MS },
      ]);
      expect(runs.size).toBe(0);
      expect(await scene.output(mine!)).toEqual([]);
    });

    it('are not numbered without the group', async () => {
      const scene = await open();
      const ids = await scene.delivered(1);
      await scene.destroyGroup();
      await expect(opened(scene, ids)).rejects.toMatchObject({ kind: 'group-missing' });
    });
  });

  describe('output', () => {
    it('of many runs is appended in one call, in its order', async () => {
      const scene = await open();
      const ids = await scene.delivered(2);
      const runs = await opened(scene, ids);
      const reply = await scene.me.appendOutput(
        ids.map((id) => chunks(id, runs.get(id)!, 1, `"${id} a"`, `"${id} b"`)),
        HOUR_MS,
      );
      expect(reply).toEqual({ lost: NOTHING, watched: NOTHING });
      for (const id of ids) expect(await written(scene, id)).toEqual([`"${id} a"`, `"${id} b"`]);
    });

    it('is appended once, however often it is sent, and whatever is added to it meanwhile', async () => {
      const scene = await open();
      const [id] = await scene.delivered(1);
      const run = (await opened(scene, [id!])).get(id!)!;
      await scene.me.appendOutput([chunks(id!, run, 1, '1', '2')], HOUR_MS);
      await scene.me.appendOutput([chunks(id!, run, 1, '1', '2', '3')], HOUR_MS);
      await scene.me.appendOutput([chunks(id!, run, 3, '3', '4')], HOUR_MS);
      expect(await written(scene, id!)).toEqual(['1', '2', '3', '4']);
      expect((await scene.output(id!)).at(-1)!.id).toBe(`${run}-4`);
    });

    it('of a run whose entry another consumer has is refused, and that of others is not', async () => {
      const scene = await open();
      const [lost, kept] = await scene.delivered(2);
      const runs = await opened(scene, [lost!, kept!]);
      await passOn(scene, lost!);
      const flushes = [lost!, kept!].map((id) => chunks(id, runs.get(id)!, 1, '1'));
      expect(await scene.me.appendOutput(flushes, HOUR_MS)).toEqual({ lost: new Set([lost]), watched: NOTHING });
      expect(await written(scene, lost!)).toEqual([]);
      expect(await written(scene, kept!)).toEqual(['1']);
    });

    it('of a run before the one that writes now is refused, though its consumer has the entry again', async () => {
      const scene = await open();
      const [id] = await scene.delivered(1);
      const old = (await opened(scene, [id!])).get(id!)!;
      await scene.me.appendOutput([chunks(id!, old, 1, '1')], HOUR_MS);
      const now = (await opened(scene, [id!])).get(id!)!;
      expect((await scene.me.appendOutput([chunks(id!, old, 2, '2')], HOUR_MS)).lost).toEqual(new Set([id]));
      expect((await scene.me.appendOutput([chunks(id!, now, 1, '3')], HOUR_MS)).lost).toEqual(NOTHING);
      expect(await written(scene, id!)).toEqual(['1', '3']);
    });

    it('that is gone begins anew, with a gap for what is missing', async () => {
      const scene = await open();
      const [begun, unbegun] = await scene.delivered(2);
      const runs = await opened(scene, [begun!, unbegun!]);
      await scene.me.appendOutput([chunks(begun!, runs.get(begun!)!, 1, '1')], HOUR_MS);
      for (const id of [begun!, unbegun!]) await scene.forgetOutput(id);
      const flushes = [chunks(begun!, runs.get(begun!)!, 2, '2'), chunks(unbegun!, runs.get(unbegun!)!, 1, '1')];
      await scene.me.appendOutput(flushes, HOUR_MS);
      expect((await scene.output(begun!)).map(({ fields }) => fields)).toEqual([
        ['b', ''],
        ['g', ''],
        ['c', '2'],
      ]);
      expect((await scene.output(unbegun!)).map(({ fields }) => fields[0])).toEqual(['b', 'c']);
    });

    it('whose end is gone goes on behind a gap, once', async () => {
      const scene = await open();
      const [id] = await scene.delivered(1);
      const run = (await opened(scene, [id!])).get(id!)!;
      // As much as is there when what was appended since then is lost.
      await scene.me.appendOutput([chunks(id!, run, 1, '1')], HOUR_MS);
      for (const values of [['5'], ['5', '6']]) await scene.me.appendOutput([chunks(id!, run, 5, ...values)], HOUR_MS);
      expect((await scene.output(id!)).slice(1)).toEqual([
        { id: `${run}-1`, fields: ['c', '1'] },
        { id: `${run}-4`, fields: ['g', ''] },
        { id: `${run}-5`, fields: ['c', '5'] },
        { id: `${run}-6`, fields: ['c', '6'] },
      ]);
    });

    it('of a run whose beginning is gone, and that of the run before is not, begins anew', async () => {
      const scene = await open();
      const [id] = await scene.delivered(1);
      const old = (await opened(scene, [id!])).get(id!)!;
      await scene.me.appendOutput([chunks(id!, old, 1, '1')], HOUR_MS);
      const run = String(Number(old) + 5);
      expect((await scene.me.appendOutput([chunks(id!, run, 1, '2')], HOUR_MS)).lost).toEqual(NOTHING);
      expect((await scene.output(id!)).slice(2)).toEqual([
        { id: `${run}-0`, fields: ['b', ''] },
        { id: `${run}-1`, fields: ['c', '2'] },
      ]);
    });

    it('that somebody wants to hear of is told as watched', async () => {
      const scene = await open();
      const [watched, other] = await scene.delivered(2);
      const runs = await opened(scene, [watched!, other!]);
      await scene.listenFor(watched!);
      const flushes = [watched!, other!].map((id) => chunks(id, runs.get(id)!, 1, '1'));
      expect((await scene.me.appendOutput(flushes, HOUR_MS)).watched).toEqual(new Set([watched]));
    });

    it('renews the lease, and leaves the count', async () => {
      const scene = await open();
      const [id] = await scene.delivered(1);
      const run = (await opened(scene, [id!])).get(id!)!;
      await scene.age(30_000);
      await scene.me.appendOutput([chunks(id!, run, 1, '1')], HOUR_MS);
      const [pending] = await scene.pending();
      expect(pending).toMatchObject({ consumer: ME, deliveryCount: 1 });
      expect(pending!.idleMs).toBeLessThan(30_000);
    });

    it('of none is nothing', async () => {
      const { me } = await open();
      expect(await me.appendOutput([], HOUR_MS)).toEqual({ lost: NOTHING, watched: NOTHING });
    });
  });

  describe('progress', () => {
    it('is kept, the last word of it', async () => {
      const scene = await open();
      const [id] = await scene.delivered(1);
      const note = (value: string) => scene.me.keepProgress([{ entryId: id!, deliveryCount: 1, value }]);
      await note('1');
      expect(await note('2')).toEqual({ lost: NOTHING, watched: NOTHING });
      expect(await scene.record(id!)).toMatchObject({ progress: '2' });
    });

    it('of a run that lost its entry is refused, and that of others is not', async () => {
      const scene = await open();
      const [lost, kept] = await scene.delivered(2);
      await passOn(scene, lost!);
      await scene.listenFor(kept!);
      const notes = at(1, lost!, kept!).map((owned) => ({ ...owned, value: '1' }));
      expect(await scene.me.keepProgress(notes)).toEqual({ lost: new Set([lost]), watched: new Set([kept]) });
      expect(await scene.record(lost!)).toEqual({});
      expect(await scene.record(kept!)).toMatchObject({ progress: '1' });
    });
  });
});
