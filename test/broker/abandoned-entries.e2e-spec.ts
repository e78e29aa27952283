import { expect, it } from 'vitest';
import { ME, at, onEveryBroker } from './on-every-broker.js';

/** Another worker, by whose name an entry is abandoned after a second. */
const DEAD = 'dead@1000ms';
const LEASE_MS = 1_000;
const FOREIGN = 'made-by-hand';

onEveryBroker((open) => {
  it('what a lost reply has brought here is claimed at its old count, but for what runs here', async () => {
    const { delivered, sweep, held } = await open();
    const [running, lost] = await delivered(2);
    const { claimed } = await sweep({ running: [running!], takeOver: 0 });
    expect(claimed).toEqual([{ id: lost, deliveryCount: 1, fields: ['n', '1'], from: ME }]);
    expect(await held()).toEqual([
      [running, ME, 1],
      [lost, ME, 1],
    ]);
  });

  it('of one’s own no more are claimed than asked for', async () => {
    const { delivered, sweep } = await open();
    const [first] = await delivered(3);
    expect((await sweep({ limit: 1 })).claimed.map(({ id }) => id)).toEqual([first]);
  });

  it('one’s own need no stable link', async () => {
    const { delivered, sweep } = await open();
    const [id] = await delivered(1);
    const unstable = [{ longerThanMs: 0, shorterThanMs: Infinity }];
    expect((await sweep({ expectedServerNow: undefined, unstable })).claimed.map((entry) => entry.id)).toEqual([id]);
  });

  it('an entry of another is taken over when it has been idle for its owner’s lease, with one delivery more', async () => {
    const { delivered, age, sweep, held } = await open();
    const [abandoned, young] = await delivered(2, DEAD);
    const [kept] = await delivered(1, 'slow@60000ms');
    await age(LEASE_MS, [abandoned!]);
    await age(30_000, [kept!]);
    const reply = await sweep();
    expect(reply.claimed).toEqual([{ id: abandoned, deliveryCount: 2, fields: ['n', '0'], from: DEAD }]);
    expect(reply).toMatchObject({ isMoreToTakeOver: false, next: { consumer: '', id: '' } });
    expect(await held()).toEqual([
      [abandoned, ME, 2],
      [young, DEAD, 1],
      [kept, 'slow@60000ms', 1],
    ]);
  });

  it('no more are taken over than there is place for, and the reply tells that there are more, and where', async () => {
    const { delivered, age, sweep, held } = await open();
    const [first, second] = await delivered(2, DEAD);
    await age(LEASE_MS);
    const none = await sweep({ takeOver: 0 });
    expect(none).toMatchObject({ claimed: [], isMoreToTakeOver: true, next: { consumer: DEAD, id: first } });
    const one = await sweep({ takeOver: 1, from: none.next });
    expect(one.claimed.map(({ id }) => id)).toEqual([first]);
    expect(one).toMatchObject({ isMoreToTakeOver: true, next: { consumer: DEAD, id: second } });
    const last = await sweep({ takeOver: 1, from: one.next, running: [first!] });
    expect(last.claimed.map(({ id }) => id)).toEqual([second]);
    expect(last).toMatchObject({ isMoreToTakeOver: false, next: { consumer: '', id: '' } });
    expect(await held()).toEqual([
      [first, ME, 2],
      [second, ME, 2],
    ]);
  });

  it('the limit holds for one’s own and others’ together', async () => {
    const { delivered, age, sweep } = await open();
    const own = await delivered(2);
    await delivered(2, DEAD);
    await age(LEASE_MS);
    const { claimed, isMoreToTakeOver } = await sweep({ limit: 2 });
    expect(claimed.map(({ id }) => id)).toEqual(own);
    expect(isMoreToTakeOver).toBe(true);
  });

  it('an entry that runs here is not taken over, whoever holds it by now', async () => {
    const { delivered, age, sweep } = await open();
    const [id] = await delivered(1, DEAD);
    await age(LEASE_MS);
    expect(await sweep({ running: [id!] })).toMatchObject({ claimed: [], isMoreToTakeOver: false });
  });

  it('nobody is judged without an expected time, nor when the server’s is far from it for the lease', async () => {
    const { delivered, age, sweep, serverNow } = await open();
    const [id] = await delivered(1, DEAD);
    await age(LEASE_MS);
    for (const expectedServerNow of [undefined, (await serverNow()) - 10_000, (await serverNow()) + 10_000]) {
      expect(await sweep({ expectedServerNow })).toMatchObject({ claimed: [], isMoreToTakeOver: false });
    }
    expect((await sweep()).claimed.map((entry) => entry.id)).toEqual([id]);
  });

  it('a time that is off by less than a third of the lease judges, for longer leases', async () => {
    const { delivered, age, sweep, serverNow } = await open();
    const [ofLong] = await delivered(1, 'dead@60000ms');
    await delivered(1, DEAD);
    await age(60_000);
    const { claimed } = await sweep({ expectedServerNow: (await serverNow()) - 10_000 });
    expect(claimed.map(({ id }) => id)).toEqual([ofLong]);
  });

  it('owners with an unstable lease are left out, the others are judged', async () => {
    const { delivered, age, sweep } = await open();
    const [ofShort] = await delivered(1, 'dead@500ms');
    const [ofMiddle] = await delivered(1, 'dead@1000ms');
    const [ofLong] = await delivered(1, 'dead@2000ms');
    await age(2_000);
    const { claimed } = await sweep({ unstable: [{ longerThanMs: 500, shorterThanMs: 2_000 }] });
    expect(new Set(claimed.map(({ id }) => id))).toEqual(new Set([ofShort, ofLong]));
    expect((await sweep({ running: [ofShort!, ofLong!] })).claimed.map(({ id }) => id)).toEqual([ofMiddle]);
  });

  it('entries of foreign consumers are taken over after a time of their own', async () => {
    const { delivered, age, sweep } = await open();
    const [abandoned, young] = await delivered(2, FOREIGN);
    await age(5_000, [abandoned!]);
    await age(4_000, [young!]);
    const { claimed } = await sweep({ foreignAfterMs: 5_000 });
    expect(claimed).toMatchObject([{ id: abandoned, deliveryCount: 2, from: FOREIGN }]);
  });

  it('foreign consumers are judged by a lease that is named for them', async () => {
    const { delivered, age, sweep } = await open();
    const [id] = await delivered(1, FOREIGN);
    await age(5_000);
    const command = { foreignAfterMs: 5_000, unstable: [{ longerThanMs: 900, shorterThanMs: 1_100 }] };
    expect((await sweep({ ...command, foreignLeaseMs: 1_000 })).claimed).toEqual([]);
    expect((await sweep({ ...command, foreignLeaseMs: 1_100 })).claimed.map((entry) => entry.id)).toEqual([id]);
  });

  it('a name with a lease shorter than any of ours is foreign', async () => {
    const { delivered, age, sweep } = await open();
    const [id] = await delivered(1, 'user@100ms');
    await age(1_000);
    expect(await sweep({ foreignAfterMs: 5_000 })).toMatchObject({ claimed: [], shortestLeaseMs: undefined });
    expect((await sweep({ foreignAfterMs: 1_000 })).claimed.map((entry) => entry.id)).toEqual([id]);
  });

  it('the reply tells the shortest lease of those that hold entries; looking around, of all, and how many they are', async () => {
    const { delivered, settle, me, as, sweep, consumers } = await open();
    await delivered(1);
    await delivered(1, 'a@5000ms');
    await delivered(1, 'b@4000ms');
    const [done] = await delivered(1, 'idle@3000ms');
    await as('idle@3000ms').settle({ acks: at(1, done!), retries: [], deadLetters: [] });
    await settle({});
    expect(await me.pruneConsumers(0)).toEqual([]);
    expect(await sweep({ expectedServerNow: undefined })).toMatchObject({ shortestLeaseMs: 4_000, consumers: 0 });
    expect(await sweep({ expectedServerNow: undefined, looksAround: true })).toMatchObject({
      shortestLeaseMs: 3_000,
      consumers: (await consumers()).length,
    });
    expect((await consumers()).length).toBe(4);
  });

  it('one’s own lease is not among those that the reply tells', async () => {
    const { delivered, sweep } = await open();
    await delivered(1);
    expect(await sweep({ looksAround: true })).toMatchObject({ shortestLeaseMs: undefined, consumers: 1 });
  });

  it('a sweep goes on at the consumer that it is told, and leaves out those before', async () => {
    const { delivered, age, sweep } = await open();
    const [before] = await delivered(1, 'a@1000ms');
    const [from] = await delivered(1, 'b@1000ms');
    await age(LEASE_MS);
    const { claimed } = await sweep({ from: { consumer: 'b@1000ms', id: from! } });
    expect(claimed.map(({ id }) => id)).toEqual([from]);
    expect((await sweep({ running: [from!] })).claimed.map(({ id }) => id)).toEqual([before]);
  });

  it('a sweep of very many entries stops on the way, and the next goes on there', async () => {
    const { delivered, age, sweep } = await open();
    const ids = await delivered(2_300, 'busy@30000ms');
    const [later] = await delivered(1, 'dead@30000ms');
    const last = ids.at(-1)!;
    await age(30_000, [last, later!]);
    const first = await sweep();
    expect(first).toMatchObject({ claimed: [], isMoreToTakeOver: false, next: { consumer: 'busy@30000ms' } });
    const second = await sweep({ from: first.next });
    expect(second.claimed.map(({ id }) => id)).toEqual([last, later]);
    expect(second.next).toEqual({ consumer: '', id: '' });
  });

  it('a sweep that is to go on at a consumer that holds nothing begins anew', async () => {
    const { delivered, age, sweep } = await open();
    const [id] = await delivered(1, DEAD);
    await age(LEASE_MS);
    const { claimed } = await sweep({ from: { consumer: 'gone@1000ms', id: '5-0' } });
    expect(claimed.map((entry) => entry.id)).toEqual([id]);
  });

  it('retries that the schedule has lost are due at once', async () => {
    const { scheduled, forgetRetries, sweep, me, retries } = await open();
    const [first, kept, last] = await scheduled(60_000, 60_000, 60_000);
    const keptAs = (await retries()).filter(([id]) => id === kept);
    await forgetRetries([first!, last!]);
    const { nextDueAt, serverNow } = await sweep();
    expect(nextDueAt).toBeLessThanOrEqual(serverNow);
    const { claimed } = await me.claimDue({ limit: 10, notThese: [], late: [] });
    expect(claimed.map(({ id }) => id)).toEqual([first, last]);
    expect(await retries()).toEqual(keptAs);
  });

  it('the reply tells when the next retry is due', async () => {
    const { scheduled, sweep, retries } = await open();
    await scheduled(60_000);
    expect((await sweep()).nextDueAt).toBe((await retries())[0]![1]);
  });

  it('the reply tells when the next delayed task of the stream is due, too', async () => {
    const { sweep, delayUntil, serverNow } = await open();
    expect((await sweep()).nextDelayedAt).toBeUndefined();
    const due = (await serverNow()) + 60_000;
    await delayUntil(due);
    expect((await sweep()).nextDelayedAt).toBe(due);
  });

  it('entries that were deleted are told and dropped, one’s own and others’', async () => {
    const { delivered, age, deleteEntry, sweep, held } = await open();
    const [own] = await delivered(1);
    const [others, alive] = await delivered(2, DEAD);
    await age(LEASE_MS);
    await deleteEntry(own!);
    await deleteEntry(others!);
    const { claimed, deleted } = await sweep({ takeOver: 1 });
    expect(deleted).toEqual([own, others]);
    expect(claimed.map(({ id }) => id)).toEqual([alive]);
    expect(await held()).toEqual([[alive, ME, 2]]);
  });

  it('without the group nothing is swept', async () => {
    const { destroyGroup, sweep } = await open();
    await destroyGroup();
    await expect(sweep()).rejects.toMatchObject({ kind: 'group-missing' });
  });
});
