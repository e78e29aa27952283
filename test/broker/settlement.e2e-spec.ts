import { expect, it } from 'vitest';
import { ME, at, onEveryBroker } from './on-every-broker.js';

const RETRY_CONSUMER = 'retry-scheduled';
const OTHER = 'other@60000ms';
const HEADERS = ['~dead-reason', 'it failed'];

onEveryBroker((open) => {
  it('an acked entry is pending no more, and stays in the stream', async () => {
    const { delivered, settle, held, ids } = await open();
    const [first, second] = await delivered(2);
    expect(await settle({ acks: at(1, first!) })).toEqual({
      ...{ lost: new Map(), failed: new Map(), cancelled: new Set(), unkept: '', wasResent: false },
    });
    expect(await held()).toEqual([[second, ME, 1]]);
    expect(await ids()).toEqual([first, second]);
  });

  it('more acks than one command of Redis takes are one settlement', async () => {
    const { delivered, settle, held } = await open();
    const ids = await delivered(5_500);
    expect((await settle({ acks: at(1, ...ids) })).lost.size).toBe(0);
    expect(await held()).toEqual([]);
  });

  it('an entry that is held at another delivery count is not settled', async () => {
    const { delivered, settle, held } = await open();
    const [ack, retry, dead] = await delivered(3);
    const { lost, failed } = await settle({
      acks: at(2, ack!),
      retries: [{ entryId: retry!, deliveryCount: 2, delayMs: 0, keepCount: 2 }],
      deadLetters: [{ entryId: dead!, deliveryCount: 2, maxLen: undefined, headers: HEADERS }],
    });
    expect([...lost]).toEqual([ack, retry, dead].map((id) => [id, 'another']));
    expect(failed.size).toBe(0);
    expect(await held()).toEqual([ack, retry, dead].map((id) => [id, ME, 1]));
  });

  it('an entry that another consumer holds is not settled, be it at the same count', async () => {
    const { delivered, settle, held } = await open();
    const [id] = await delivered(1, OTHER);
    expect([...(await settle({ acks: at(1, id!) })).lost]).toEqual([[id, 'another']]);
    expect(await held()).toEqual([[id, OTHER, 1]]);
  });

  it('an entry that was settled before is held by nobody', async () => {
    const { delivered, settle } = await open();
    const [id] = await delivered(1);
    await settle({ acks: at(1, id!) });
    expect([...(await settle({ acks: at(1, id!) })).lost]).toEqual([[id, 'nobody']]);
  });

  it('an entry that was settled before and deleted since is known as deleted', async () => {
    const { delivered, settle, deleteEntry } = await open();
    const [id] = await delivered(1);
    await settle({ acks: at(1, id!) });
    await deleteEntry(id!);
    expect([...(await settle({ acks: at(1, id!) })).lost]).toEqual([[id, 'deleted']]);
  });

  it('an entry that waits for its retry is held by its schedule', async () => {
    const { scheduled, settle, held } = await open();
    const [id] = await scheduled(60_000);
    expect([...(await settle({ acks: at(1, id!) })).lost]).toEqual([[id, 'retry']]);
    expect(await held()).toEqual([[id, RETRY_CONSUMER, 1]]);
  });

  it('an entry that was deleted while it ran is acked like any other', async () => {
    const { delivered, settle, deleteEntry, held } = await open();
    const [id] = await delivered(1);
    await deleteEntry(id!);
    expect((await settle({ acks: at(1, id!) })).lost.size).toBe(0);
    expect(await held()).toEqual([]);
  });

  it('a retry is scheduled by the server’s clock, at the count to keep', async () => {
    const { delivered, settle, held, retries, serverNow } = await open();
    const [id] = await delivered(1);
    const before = await serverNow();
    const { lost } = await settle({ retries: [{ entryId: id!, deliveryCount: 1, delayMs: 5_000, keepCount: 0 }] });
    const after = await serverNow();
    expect(lost.size).toBe(0);
    expect(await held()).toEqual([[id, RETRY_CONSUMER, 0]]);
    const [[scheduledId, dueAt]] = (await retries()) as [[string, number]];
    expect(scheduledId).toBe(id);
    expect(dueAt).toBeGreaterThanOrEqual(before + 5_000);
    expect(dueAt).toBeLessThanOrEqual(after + 5_000);
  });

  it('the retry of an entry that was deleted is lost, at once or when it is due', async () => {
    const { delivered, settle, deleteEntry, held, retries, me, features } = await open();
    const [id] = await delivered(1);
    await deleteEntry(id!);
    const { lost } = await settle({ retries: [{ entryId: id!, deliveryCount: 1, delayMs: 0, keepCount: 1 }] });
    if (features.keepsDeletedPending) {
      expect(lost.size).toBe(0);
      expect(await me.claimDue({ limit: 1, notThese: [], late: [] })).toMatchObject({ claimed: [], deleted: [id] });
    } else {
      expect([...lost]).toEqual([[id, 'deleted']]);
    }
    expect(await held()).toEqual([]);
    expect(await retries()).toEqual([]);
  });

  it('a dead letter has the fields of its entry, then the headers; the entry is pending no more', async () => {
    const { add, reader, settle, held, deadLetters, ids } = await open();
    const id = await add(['prompt', 'a', 'model', 'b']);
    await (await reader()).read(1, 0);
    const { lost, failed } = await settle({
      deadLetters: [{ entryId: id, deliveryCount: 1, maxLen: undefined, headers: HEADERS }],
    });
    expect([lost.size, failed.size]).toEqual([0, 0]);
    expect(await deadLetters()).toEqual([['prompt', 'a', 'model', 'b', ...HEADERS]]);
    expect(await held()).toEqual([]);
    expect(await ids()).toEqual([id]);
  });

  it('a dead letter of very many fields has them as one', async () => {
    const { add, reader, settle, deadLetters } = await open();
    const fields = Array.from({ length: 4_000 }, (_, n) => [`name-${n}`, `"${n}"`]).flat();
    const id = await add(fields);
    await (await reader()).read(1, 0);
    await settle({ deadLetters: [{ entryId: id, deliveryCount: 1, maxLen: undefined, headers: HEADERS }] });
    const [[name, value, ...headers]] = (await deadLetters()) as [[string, string, ...string[]]];
    expect(name).toBe('~dead-fields');
    expect(JSON.parse(value)).toEqual(fields);
    expect(headers).toEqual(HEADERS);
  });

  it('the dead letter of an entry that was deleted is not written', async () => {
    const { delivered, settle, deleteEntry, held, deadLetters } = await open();
    const [id] = await delivered(1);
    await deleteEntry(id!);
    const { lost } = await settle({
      deadLetters: [{ entryId: id!, deliveryCount: 1, maxLen: undefined, headers: HEADERS }],
    });
    expect([...lost]).toEqual([[id, 'deleted']]);
    expect(await deadLetters()).toEqual([]);
    expect(await held()).toEqual([]);
  });

  it('of more dead letters than are to be kept the oldest go, some time', async () => {
    const { delivered, settle, deadLetters } = await open();
    const ids = await delivered(350);
    await settle({
      deadLetters: ids.map((entryId) => ({ entryId, deliveryCount: 1, maxLen: 20, headers: ['~dead-id', entryId] })),
    });
    const kept = await deadLetters();
    expect(kept.length).toBeGreaterThanOrEqual(20);
    expect(kept.length).toBeLessThan(200);
    expect(kept.at(-1)).toContain(ids.at(-1));
  });

  it('a dead letter that is refused leaves its entry as it was; the others are settled', async () => {
    const { delivered, settle, held, age, pending, refuseDeadLetters } = await open();
    const [ack, dead, retry] = await delivered(3);
    await age(10_000);
    await refuseDeadLetters();
    const { lost, failed } = await settle({
      acks: at(1, ack!),
      retries: [{ entryId: retry!, deliveryCount: 1, delayMs: 60_000, keepCount: 1 }],
      deadLetters: [{ entryId: dead!, deliveryCount: 1, maxLen: undefined, headers: HEADERS }],
    });
    expect(lost.size).toBe(0);
    expect([...failed]).toEqual([[dead, expect.stringContaining('WRONGTYPE')]]);
    expect(await held()).toEqual([
      [dead, ME, 1],
      [retry, RETRY_CONSUMER, 1],
    ]);
    // It was claimed for it: the lease has begun anew.
    expect((await pending())[0]!.idleMs).toBeLessThan(10_000);
  });

  it('without the group nothing is settled', async () => {
    const { delivered, settle, destroyGroup, deadLetters } = await open();
    const [id] = await delivered(1);
    await destroyGroup();
    const command = { deadLetters: [{ entryId: id!, deliveryCount: 1, maxLen: undefined, headers: HEADERS }] };
    await expect(settle(command)).rejects.toMatchObject({ name: 'RedisFailure', kind: 'group-missing' });
    await expect(settle({ acks: at(1, id!) })).rejects.toMatchObject({ kind: 'group-missing' });
    expect(await deadLetters()).toEqual([]);
  });
});
