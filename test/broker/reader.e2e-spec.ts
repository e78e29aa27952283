import { describe, expect, it } from 'vitest';
import { failureKindOf } from '../../libs/redis-streams/src/model/ports/redis-failure.js';
import { eventually } from '../support/eventually.js';
import { ME, onEveryBroker } from './on-every-broker.js';

const OTHER = 'other@60000ms';
/** Longer than any test takes. */
const LONG_MS = 20_000;

onEveryBroker((open) => {
  describe('a read that finds entries', () => {
    it('gets them in their order, as many as asked for, and holds them at a count of one', async () => {
      const { add, reader, held } = await open();
      const first = await add(['prompt', 'a', 'model', 'b']);
      const second = await add(['', '']);
      await add();
      const mine = await reader();
      expect(await mine.read(2, 0)).toEqual([
        { id: first, fields: ['prompt', 'a', 'model', 'b'] },
        { id: second, fields: ['', ''] },
      ]);
      expect(await held()).toEqual([
        [first, ME, 1],
        [second, ME, 1],
      ]);
    });

    it('gets each entry for one consumer only', async () => {
      const { addMany, reader, ids } = await open();
      await addMany(100);
      const readers = [await reader(), await reader(OTHER)];
      const read = await Promise.all([0, 1, 0, 1].map((n) => readers[n]!.read(25, 0)));
      expect(read.flat().map(({ id }) => id)).toHaveLength(100);
      expect(new Set(read.flat().map(({ id }) => id))).toEqual(new Set(await ids()));
    });

    it('gets entries again when the group was moved back, as new ones', async () => {
      const { delivered, moveGroup, reader, held } = await open();
      const [id] = await delivered(1, OTHER);
      await moveGroup('0-0');
      expect((await (await reader()).read(10, 0)).map((entry) => entry.id)).toEqual([id]);
      expect(await held()).toEqual([[id, ME, 1]]);
    });
  });

  describe('a read that finds none', () => {
    it('does not wait when it may not', async () => {
      expect(await (await (await open()).reader()).read(10, 0)).toEqual([]);
    });

    it('waits for as long as it may', async () => {
      const mine = await (await open()).reader();
      const since = performance.now();
      expect(await mine.read(10, 30)).toEqual([]);
      expect(performance.now() - since).toBeGreaterThanOrEqual(29);
    });

    it('ends with the first entry that comes', async () => {
      const { add, reader } = await open();
      const read = (await reader()).read(10, LONG_MS);
      const id = await add();
      expect((await read).map((entry) => entry.id)).toEqual([id]);
    });

    it('ends with nothing when it is woken, and nothing is lost', async () => {
      const { add, reader } = await open();
      const mine = await reader();
      const read = mine.read(10, LONG_MS);
      mine.wake();
      expect(await read).toEqual([]);
      const id = await add();
      expect((await mine.read(10, LONG_MS)).map((entry) => entry.id)).toEqual([id]);
    });

    it('is not ended by a wake that came before it', async () => {
      const { add, reader, broker } = await open();
      const mine = await reader();
      mine.wake();
      await broker.answers();
      const read = mine.read(10, LONG_MS);
      const id = await add();
      expect((await read).map((entry) => entry.id)).toEqual([id]);
    });

    it('of two that wait, one gets the entry and the other waits on', async () => {
      const { add, reader, held } = await open();
      const readers = [await reader(), await reader(OTHER)];
      const reads = readers.map((each) => each.read(10, LONG_MS));
      const id = await add();
      await Promise.race(reads);
      expect(await held()).toHaveLength(1);
      for (const each of readers) each.wake();
      expect((await Promise.all(reads)).flat().map((entry) => entry.id)).toEqual([id]);
    });
  });

  describe('a reader whose connection ends', () => {
    it('rejects what is under way, and reads on with the next connection', async () => {
      const { add, reader } = await open();
      const mine = await reader();
      expect(mine.isConnected).toBe(true);
      const read = expect(mine.read(10, LONG_MS)).rejects.toMatchObject({ kind: 'disconnected' });
      mine.disconnect();
      await read;
      expect(mine.isConnected).toBe(false);
      await expect(mine.read(10, 0)).rejects.toMatchObject({ kind: 'disconnected' });
      await mine.connect();
      const id = await add();
      expect((await mine.read(10, 0)).map((entry) => entry.id)).toEqual([id]);
    });

    it('takes nothing that comes after it', async () => {
      const { add, reader, held } = await open();
      const mine = await reader();
      const read = expect(mine.read(10, LONG_MS)).rejects.toMatchObject({ kind: 'disconnected' });
      mine.disconnect();
      await read;
      await mine.connect();
      await add();
      expect(await held()).toEqual([]);
    });

    it('rejects what is under way when it is closed', async () => {
      const mine = await (await open()).reader();
      const read = expect(mine.read(10, LONG_MS)).rejects.toMatchObject({ kind: 'disconnected' });
      mine.close();
      await read;
    });

    it('cannot read before it was connected', async () => {
      const { broker, stream, group } = await open();
      const reader = broker.reader({ stream, group, consumer: ME });
      expect(reader.isConnected).toBe(false);
      await expect(reader.read(1, 0)).rejects.toMatchObject({ kind: 'disconnected' });
      reader.close();
    });
  });

  describe('a reader whose group is gone', () => {
    it('is told so', async () => {
      const { destroyGroup, reader } = await open();
      const mine = await reader();
      await destroyGroup();
      await expect(mine.read(1, 0)).rejects.toMatchObject({ kind: 'group-missing' });
      await expect(mine.read(1, LONG_MS)).rejects.toMatchObject({ kind: 'group-missing' });
    });

    it('is told so while it waits', async () => {
      const { destroyGroup, reader } = await open();
      const read = expect((await reader()).read(1, LONG_MS)).rejects.toMatchObject({ kind: 'group-missing' });
      await destroyGroup();
      await read;
    });

    it('is told so while it waits and the whole stream is deleted, at once or when it has waited', async () => {
      const { deleteStream, reader, features } = await open();
      const mine = await reader();
      const read = mine.read(1, features.tellsBlockedReaders ? LONG_MS : 50).catch(failureKindOf);
      await deleteStream();
      // Redis before 7.0 says so, too, where the deletion has overtaken the read.
      if (!features.tellsBlockedReaders) expect([[], 'group-missing']).toContainEqual(await read);
      else expect(await read).toBe('group-missing');
      await expect(mine.read(1, 0)).rejects.toMatchObject({ kind: 'group-missing' });
    });
  });

  it('a broker that was reached says so', async () => {
    const { broker, stream } = await open();
    await broker.answers();
    expect(broker.isReady).toBe(true);
    expect(broker.trouble).toBeUndefined();
    expect(broker.place).not.toBe('');
    expect(await broker.describePaths(stream)).toContain('history');
    await eventually(() => broker.isReady);
  });
});
