import { expect, it } from 'vitest';
import type { TaskNote } from '../../libs/redis-streams/src/model/ports/settlement.js';
import { at, onEveryBroker } from './on-every-broker.js';

const OTHER = 'other@60000ms';
const note = (state: TaskNote['state'], ...fields: string[]): TaskNote => ({ state, fields, ttlMs: 60_000 });
const key = (name: string, taskId: string) => ({ name, taskId });
const anyTime = expect.stringMatching(/^\d{13}$/) as string;

onEveryBroker((open) => {
  it('an ack keeps what is to be kept of its task, in its record', async () => {
    const { delivered, settle, held, record } = await open();
    const [kept, plain] = await delivered(2);
    const { lost } = await settle({
      acks: [{ entryId: kept!, deliveryCount: 1, note: note('completed', 'result', '{"a":1}') }, ...at(1, plain!)],
    });
    expect(lost.size).toBe(0);
    expect(await held()).toEqual([]);
    expect(await record(kept!)).toEqual({ state: 'completed', at: anyTime, result: '{"a":1}' });
    expect(await record(plain!)).toEqual({});
  });

  it('who does not hold the entry at this count keeps nothing', async () => {
    const { delivered, settle, record } = await open();
    const [mine] = await delivered(1);
    const [others] = await delivered(1, OTHER);
    const kept = note('completed', 'result', '1');
    const { lost } = await settle({
      acks: [
        { entryId: mine!, deliveryCount: 2, note: kept },
        { entryId: others!, deliveryCount: 1, note: kept },
      ],
    });
    expect([...lost.keys()]).toEqual([mine, others]);
    expect([await record(mine!), await record(others!)]).toEqual([{}, {}]);
  });

  it('a retry keeps its error until the task ends well', async () => {
    const { delivered, settle, record, me } = await open();
    const [id] = await delivered(1);
    const failed = note(undefined, 'reason', 'failure', 'error', 'no luck');
    await settle({ retries: [{ entryId: id!, deliveryCount: 1, delayMs: 0, keepCount: 1, note: failed }] });
    expect(await record(id!)).toEqual({ reason: 'failure', error: 'no luck' });
    await me.claimDue({ limit: 1, notThese: [], late: [] });
    await settle({
      acks: [{ entryId: id!, deliveryCount: 2, note: { state: 'completed', fields: [], ttlMs: undefined } }],
    });
    expect(await record(id!)).not.toHaveProperty('error');
  });

  it('a dead letter keeps why', async () => {
    const { delivered, settle, record, deadLetters } = await open();
    const [id] = await delivered(1);
    const dead = note('dead-lettered', 'reason', 'unrecoverable', 'error', 'no luck');
    await settle({
      deadLetters: [{ entryId: id!, deliveryCount: 1, maxLen: undefined, headers: ['h', '1'], note: dead }],
    });
    expect(await deadLetters()).toHaveLength(1);
    expect(await record(id!)).toMatchObject({
      state: 'dead-lettered',
      reason: 'unrecoverable',
      at: anyTime,
      dead: expect.stringContaining('-') as string,
    });
  });

  it('an end frees the idempotency key of its task, unless another task has it', async () => {
    const { delivered, settle, giveKey, heldKeys, requestCancel } = await open();
    const [done, dead, others, cancelled, retried] = await delivered(5);
    for (const [name, id] of [
      ['done', done],
      ['dead', 't_own'],
      ['cancelled', cancelled],
      ['retried', retried],
    ])
      await giveKey(name!, id!);
    await giveKey('others', '1-1');
    await requestCancel(cancelled!);
    const letter = { deliveryCount: 1, maxLen: undefined, headers: ['h', '1'] };
    const failed = note('dead-lettered', 'error', 'x');
    const retry = { deliveryCount: 1, delayMs: 60_000, keepCount: 1 };
    await settle({
      acks: [
        { entryId: done!, deliveryCount: 1, note: { ...note('completed'), ttlMs: undefined, key: key('done', done!) } },
      ],
      deadLetters: [
        { ...letter, entryId: dead!, note: { ...failed, key: key('dead', 't_own') } },
        { ...letter, entryId: others!, note: { ...failed, key: key('others', others!) } },
      ],
      retries: [cancelled, retried].map((entryId, n) => ({
        ...{ ...retry, entryId: entryId! },
        note: { ...note(undefined, 'reason', 'failure'), key: key(['cancelled', 'retried'][n]!, entryId!) },
      })),
    });
    expect((await heldKeys()).toSorted()).toEqual(['others', 'retried']);
  });

  it('who fails after somebody has asked to cancel it ends as cancelled, without a retry or a letter', async () => {
    const { delivered, settle, record, held, deadLetters, retries, requestCancel, cancels } = await open();
    const [retry, dead, done] = await delivered(3);
    for (const id of [retry, dead, done]) await requestCancel(id!, 'enough');
    const failed = note(undefined, 'reason', 'failure', 'error', 'aborted');
    const { cancelled, lost } = await settle({
      acks: [{ entryId: done!, deliveryCount: 1, note: note('completed', 'result', '1') }],
      retries: [{ entryId: retry!, deliveryCount: 1, delayMs: 0, keepCount: 1, note: failed }],
      deadLetters: [
        {
          entryId: dead!,
          deliveryCount: 1,
          maxLen: undefined,
          headers: ['h', '1'],
          note: note('dead-lettered', 'error', 'x'),
        },
      ],
    });
    expect([...cancelled].toSorted()).toEqual([retry, dead]);
    expect(lost.size).toBe(0);
    expect([await held(), await retries(), await deadLetters(), await cancels()]).toEqual([[], [], [], {}]);
    expect(await record(retry!)).toMatchObject({ state: 'cancelled', error: 'aborted' });
    expect(await record(dead!)).toMatchObject({ state: 'cancelled' });
    expect(await record(done!)).toMatchObject({ state: 'completed', result: '1' });
  });

  it('who holds an entry hears at its renewal that it is to be cancelled', async () => {
    const { delivered, me, requestCancel } = await open();
    const [first, second] = await delivered(2);
    const [others] = await delivered(1, OTHER);
    expect((await me.renew([first!, second!])).cancels.size).toBe(0);
    await requestCancel(second!, 'enough');
    await requestCancel(others!, 'not mine');
    expect([...(await me.renew([first!, second!, others!])).cancels]).toEqual([[second, 'enough']]);
  });

  it('what is claimed comes with the wish to cancel it', async () => {
    const { scheduled, me, sweep, delivered, age, requestCancel } = await open();
    const [due] = await scheduled(0);
    const [abandoned] = await delivered(1, OTHER);
    await requestCancel(due!, 'a');
    await requestCancel(abandoned!, '');
    expect([...(await me.claimDue({ limit: 1, notThese: [], late: [] })).cancels]).toEqual([[due, 'a']]);
    await age(100_000, [abandoned!]);
    expect([...(await sweep({ running: [due!] })).cancels]).toEqual([[abandoned, '']]);
  });

  it('more acks with a note than one command of Redis takes are one settlement', async () => {
    const { delivered, settle, held, record } = await open();
    const ids = await delivered(2_000);
    const kept = note('completed', 'result', '1');
    await settle({ acks: ids.map((entryId) => ({ entryId, deliveryCount: 1, note: kept })) });
    expect(await held()).toEqual([]);
    expect(await record(ids.at(-1)!)).toMatchObject({ state: 'completed' });
  });
});
