import { expect, it } from 'vitest';
import { at, onEveryBroker } from './on-every-broker.js';

const LIFE = { at: 1_700_000_000_000, redrives: 1, deliveries: 3, deadline: 1_800_000_000_000 };
const KNOWN = { at: LIFE.at, redrives: 1, isReplay: false, earlierDeliveries: 3, deadline: LIFE.deadline, history: [] };
const DUE = { limit: 10, notThese: [], late: [] };

onEveryBroker((open) => {
  /** An entry that ended, and has another life. */
  async function revived() {
    const scene = await open();
    const [id] = (await scene.delivered(1)) as [string];
    await scene.settle({ acks: at(1, id) });
    await scene.revive(id, LIFE);
    return { ...scene, id };
  }
  const note = { state: 'completed', fields: [], ttlMs: undefined, endsLife: true } as const;

  it('what is claimed comes with its life, at its first delivery, and others come without', async () => {
    const { me, id, scheduled } = await revived();
    const [other] = await scheduled(0);
    const reply = await me.claimDue(DUE);
    expect(reply.claimed.map((entry) => [entry.id, entry.deliveryCount])).toEqual([
      [id, 1],
      [other, 2],
    ]);
    expect(reply.lives).toEqual(new Map([[id, KNOWN]]));
  });

  it('nothing is told of lives where there is none', async () => {
    const { me, scheduled, sweep } = await open();
    await scheduled(0);
    expect((await me.claimDue(DUE)).lives).toBeUndefined();
    expect((await sweep()).lives).toBeUndefined();
  });

  it('what is taken over comes with its life, too', async () => {
    const { as, id, age, sweep } = await revived();
    await as('dead@1000ms').claimDue(DUE);
    await age(1_000);
    expect((await sweep()).lives).toEqual(new Map([[id, KNOWN]]));
  });

  it('its life goes with the end that is a success, and a retry keeps it', async () => {
    const { me, id, settle, lives } = await revived();
    await me.claimDue(DUE);
    await settle({
      retries: [{ entryId: id, deliveryCount: 1, delayMs: 0, keepCount: 1, note: { ...note, state: undefined } }],
    });
    expect(await lives()).toEqual([id]);
    await me.claimDue(DUE);
    await settle({ acks: [{ entryId: id, deliveryCount: 2, note }] });
    expect(await lives()).toEqual([]);
  });

  it('its life goes with what it forwards, and with its result', async () => {
    for (const how of ['forwards', 'acks'] as const) {
      const { me, id, settle, lives, target } = await revived();
      await me.claimDue(DUE);
      const kept = { ...note, fields: ['result', '1'], ttlMs: 60_000 };
      const forwards = [{ stream: target, fields: ['n', '1'] }];
      await settle({ [how]: [{ entryId: id, deliveryCount: 1, note: kept, ...(how === 'forwards' && { forwards }) }] });
      expect(await lives()).toEqual([]);
    }
  });

  it('a dead letter carries its life on', async () => {
    const { me, id, settle, lives, deadLetters } = await revived();
    await me.claimDue(DUE);
    const died = { ...note, state: 'dead-lettered' } as const;
    const letter = { entryId: id, deliveryCount: 1, maxLen: undefined, headers: ['~dead-reason', 'max-deliveries'] };
    await settle({ deadLetters: [{ ...letter, note: died }] });
    expect(await deadLetters()).toEqual([
      ['n', '0', '~dead-reason', 'max-deliveries', '~dead-life', JSON.stringify(LIFE)],
    ]);
    expect(await lives()).toEqual([]);
  });

  it('what is said of why it waits goes with its end', async () => {
    const { me, id, settle, record } = await revived();
    await me.claimDue(DUE);
    const said = { ...note, state: undefined, fields: ['reason', 'redriven'], ttlMs: 60_000 };
    await settle({ retries: [{ entryId: id, deliveryCount: 1, delayMs: 0, keepCount: 0, note: said }] });
    await me.claimDue(DUE);
    expect(await record(id)).toEqual({ reason: 'redriven' });
    await settle({ acks: [{ entryId: id, deliveryCount: 1, note }] });
    expect(await record(id)).toEqual({});
  });

  it('one whose entry was deleted has no life', async () => {
    const { me, deleteEntry, id, lives } = await revived();
    await deleteEntry(id);
    expect((await me.claimDue(DUE)).deleted).toEqual([id]);
    expect(await lives()).toEqual([]);
  });
});
