import { expect, it } from 'vitest';
import type { TrimHistoryCommand } from '../../libs/redis-streams/src/model/ports/group.js';
import { type Scene, at, onEveryBroker } from './on-every-broker.js';

const KEEP_ALL: TrimHistoryCommand = {
  ...{ reporter: 'suite', finished: 0, counted: 0, maxEntries: undefined, maxAgeMs: 0 },
  ...{ abandonGroupAfterMs: 0, foreignAfterMs: 300_000, isStable: true },
};
/** Redis drops whole nodes of a stream only, of so many entries. */
const NODE = 100;

/** Until there is no more to trim. @returns the ids that are left */
async function trimmed({ me, ids }: Scene, command: Partial<TrimHistoryCommand>): Promise<string[]> {
  for (let steps = 0; steps < 20; steps++) {
    if (!(await me.trimHistory({ ...KEEP_ALL, ...command }))!.isMoreToTrim) return ids();
  }
  throw new Error('there is always more to trim');
}

onEveryBroker((open) => {
  it('of finished entries the newest are kept, as many as asked for', async () => {
    const scene = await open();
    const finished = await scene.delivered(1_000);
    await scene.settle({ acks: at(1, ...finished) });
    expect(await trimmed(scene, { finished: 1_000 })).toEqual(finished);
    const left = await trimmed(scene, { finished: 1_000, maxEntries: 300 });
    expect(left.length).toBeGreaterThanOrEqual(300);
    expect(left.length).toBeLessThanOrEqual(300 + 2 * NODE);
    expect(left).toEqual(finished.slice(-left.length));
  });

  it('of finished entries those beyond the age go', async () => {
    const scene = await open();
    const { addMany, add, reader, settle } = scene;
    await addMany(300, (n) => `${n + 1}-0`);
    const young = await add();
    const entries = await (await reader()).read(301, 0);
    await settle({ acks: at(1, ...entries.map(({ id }) => id)) });
    const left = await trimmed(scene, { finished: 301, maxAgeMs: 60_000 });
    expect(left.length).toBeLessThanOrEqual(NODE);
    expect(left).toContain(young);
  });

  it('nothing unfinished goes, be it old and be there much after it', async () => {
    const scene = await open();
    const { addMany, reader, settle, held } = scene;
    await addMany(500, (n) => `${n + 1}-0`);
    const read = (await (await reader()).read(400, 0)).map(({ id }) => id);
    await settle({ acks: at(1, ...read.slice(0, 100), ...read.slice(101)) });
    const left = await trimmed(scene, { finished: 399, maxEntries: 0, maxAgeMs: 1_000 });
    expect(left).toEqual(Array.from({ length: left.length }, (_, n) => `${501 - left.length + n}-0`));
    expect(left).toContain('101-0');
    expect((await held()).map(([id]) => id)).toEqual(['101-0']);
  });

  it('nothing goes that another group of the stream has not finished', async () => {
    const scene = await open();
    await scene.createGroup('others');
    const finished = await scene.delivered(500);
    await scene.settle({ acks: at(1, ...finished) });
    expect(await trimmed(scene, { finished: 500, maxEntries: 0, maxAgeMs: 1 })).toEqual(finished);
  });

  it('nothing goes that a group which vanished had not finished', async () => {
    const scene = await open();
    const { broker, stream, createGroup, delivered, settle } = scene;
    await createGroup('others');
    const finished = await delivered(500);
    await settle({ acks: at(1, ...finished) });
    await broker.group({ stream, group: 'others', consumer: 'any' }).trimHistory(KEEP_ALL);
    await scene.destroyGroup('others');
    expect(await trimmed(scene, { finished: 500, maxEntries: 0, maxAgeMs: 1 })).toEqual(finished);
  });
});
