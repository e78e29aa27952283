import { expect, it } from 'vitest';
import type { Forward } from '../../libs/redis-streams/src/model/forward.js';
import type { TaskNote } from '../../libs/redis-streams/src/model/ports/settlement.js';
import { at, ME, onEveryBroker } from './on-every-broker.js';

const OTHER = 'other@60000ms';
const KEPT: TaskNote = { state: 'completed', fields: ['result', '1'], ttlMs: 60_000 };
const forward = (stream: string, ...values: string[]): Forward[] =>
  values.map((value) => ({ stream, fields: ['value', value] }));
const valuesOf = (entries: readonly { readonly fields: readonly string[] }[]) => entries.map(({ fields }) => fields[1]);

onEveryBroker((open) => {
  it('a task that is done is acked, and what it forwards is there, in its order; others are settled beside it', async () => {
    const { delivered, settle, held, forwarded, record, target } = await open();
    const [first, second, plain] = await delivered(3);
    const reply = await settle({
      acks: at(1, plain!),
      forwards: [
        { entryId: first!, deliveryCount: 1, forwards: forward(target, 'a', 'b'), note: KEPT },
        { entryId: second!, deliveryCount: 1, forwards: forward(target, 'c') },
      ],
    });
    expect([reply.lost.size, reply.owing]).toEqual([0, undefined]);
    expect(valuesOf(await forwarded())).toEqual(['a', 'b', 'c']);
    expect(await held()).toEqual([]);
    expect(await record(first!)).toMatchObject({ state: 'completed', result: '1' });
  });

  it('who does not hold the task at this count forwards nothing', async () => {
    const { delivered, settle, forwarded, held, target } = await open();
    const [mine] = await delivered(1);
    const [others] = await delivered(1, OTHER);
    const { lost } = await settle({
      forwards: [
        { entryId: mine!, deliveryCount: 2, forwards: forward(target, 'a') },
        { entryId: others!, deliveryCount: 1, forwards: forward(target, 'b') },
      ],
    });
    expect([...lost]).toEqual([
      [mine, 'another'],
      [others, 'another'],
    ]);
    expect(await forwarded()).toEqual([]);
    expect(await held()).toHaveLength(2);
  });

  it('a task whose forwards cannot be added owes them, and keeps to what it owes', async () => {
    const { delivered, settle, held, record, target, refuseForwards } = await open();
    const [id] = await delivered(1);
    await refuseForwards(true);
    const owes = async (value: string) => {
      const forwards = forward(target, value);
      return (await settle({ forwards: [{ entryId: id!, deliveryCount: 1, forwards, note: KEPT }] })).owing!.get(id!)!;
    };
    expect(valuesOf((await owes('a')).forwards)).toEqual(['a']);
    expect(await held()).toEqual([[id, ME, 1]]);
    await refuseForwards(false);
    expect(valuesOf((await owes('another run’s')).forwards)).toEqual(['a']);
    expect((await record(id!)).state).toBeUndefined();
  });

  it('who takes over what owes, or finds its retry due, is told what it owes', async () => {
    const { delivered, settle, sweep, as, age, me, target, refuseForwards } = await open();
    const [abandoned] = await delivered(1, OTHER);
    const [handedBack, plain] = await delivered(2);
    await refuseForwards(true);
    const owed = (entryId: string) => [{ entryId, deliveryCount: 1, forwards: forward(target, 'a', 'b'), note: KEPT }];
    await as(OTHER).settle({ acks: [], retries: [], deadLetters: [], forwards: owed(abandoned!) });
    await settle({ forwards: owed(handedBack!) });
    await settle({
      retries: [handedBack!, plain!].map((entryId) => ({ entryId, deliveryCount: 1, delayMs: 0, keepCount: 0 })),
    });
    await age(120_000, [abandoned!]);
    const swept = await sweep();
    const due = await me.claimDue({ limit: 10, notThese: [], late: [] });
    expect(valuesOf(swept.owed!.get(abandoned!)!.forwards)).toEqual(['a', 'b']);
    expect(due.claimed.map(({ id }) => id)).toEqual([handedBack, plain]);
    expect([...due.owed!.keys()]).toEqual([handedBack]);
    expect(due.owed!.get(handedBack!)!.note).toMatchObject({ state: 'completed', ttlMs: 60_000 });
  });

  it('what is owed is added once, by whomever it is asked for, and the task is acked with what was kept of it', async () => {
    const { delivered, settle, me, as, held, forwarded, record, target, refuseForwards } = await open();
    const [id] = await delivered(1);
    await refuseForwards(true);
    const forwards = forward(target, 'a', 'b');
    await settle({ forwards: [{ entryId: id!, deliveryCount: 1, forwards, note: KEPT }] });
    const command = {
      stream: target,
      deliveries: forwards.map(({ fields }, index) => ({ entryId: id!, index, fields })),
      heldAt: performance.now(),
    };
    expect((await me.deliver(command)).refusal).toMatch(/WRONGTYPE/);
    await refuseForwards(false);
    const { ids } = await me.deliver(command);
    expect((await as(OTHER).deliver(command)).ids).toEqual(ids);
    expect((await forwarded()).map((entry) => entry.id)).toEqual(ids);
    const added = forwards.map((each, n) => ({ ...each, id: ids[n]! }));
    const note: TaskNote = { state: 'completed', fields: [], ttlMs: 60_000 };
    expect((await settle({ forwards: [{ entryId: id!, deliveryCount: 1, forwards: added, note }] })).lost.size).toBe(0);
    expect(await held()).toEqual([]);
    expect(await record(id!)).toMatchObject({ state: 'completed', result: '1' });
    expect(valuesOf(await forwarded())).toEqual(['a', 'b']);
  });

  it('a task that comes again as its group was moved back forwards nothing more', async () => {
    const { delivered, settle, reader, held, forwarded, moveGroup, target } = await open();
    const [id] = await delivered(1);
    const done = () => settle({ forwards: [{ entryId: id!, deliveryCount: 1, forwards: forward(target, 'a') }] });
    await done();
    await moveGroup('0-0');
    await (await reader()).read(1, 0);
    expect((await done()).lost.size).toBe(0);
    expect(await held()).toEqual([]);
    expect(await forwarded()).toHaveLength(1);
  });
});
