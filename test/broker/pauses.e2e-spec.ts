import { expect, it } from 'vitest';
import { RETRY_CONSUMER } from '../../libs/redis-streams/src/wire/consumer-name.js';
import { ME, onEveryBroker } from './on-every-broker.js';

const PAUSED = { reason: 'why', by: 'me', since: expect.any(Date), until: undefined };

onEveryBroker((open) => {
  it('every answer that may lead to a start tells of a pause, and of its end', async () => {
    const { me, pause, resume, delivered, sweep } = await open();
    const ids = await delivered(1);
    const answers = async () => [
      (await me.ensure('0-0', true)).pause,
      (await me.claimDue({ limit: 1, notThese: [], late: [] })).pause,
      (await sweep({ running: ids })).pause,
      (await me.renew(ids)).pause,
      (await me.withhold([])).pause,
    ];
    expect(await answers()).toEqual([undefined, undefined, undefined, undefined, undefined]);
    await pause();
    expect(await answers()).toEqual([PAUSED, PAUSED, PAUSED, PAUSED, PAUSED]);
    await resume();
    expect(await answers()).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it('while the group is paused nothing is claimed or delivered: no due retry, nothing of a dead worker, nothing of one’s own, nothing new', async () => {
    const { me, pause, resume, delivered, scheduled, sweep, age, held, add, reader } = await open();
    const [due] = await scheduled(1);
    const [own] = await delivered(1);
    const [left] = await delivered(1, 'dead@1000ms');
    await age(2_000, [left!]);
    const fresh = await add();
    const before = await held();
    await pause();
    expect(await me.claimDue({ limit: 10, notThese: [], late: [due!] })).toMatchObject({ claimed: [], deleted: [] });
    expect(await sweep()).toMatchObject({ claimed: [], deleted: [], isMoreToTakeOver: false });
    expect(await held()).toEqual(before);
    await resume();
    expect((await me.claimDue({ limit: 10, notThese: [], late: [due!] })).claimed).toMatchObject([{ id: due }]);
    const swept = (await sweep({ running: [due!] })).claimed.map(({ id }) => id);
    expect(new Set(swept)).toEqual(new Set([own, left]));
    expect(await (await reader()).read(10, 0)).toMatchObject([{ id: fresh }]);
  });

  it('what was delivered to a paused worker goes back uncounted, due at once; not what others have; and nothing where it is not paused', async () => {
    const { me, pause, resume, delivered, held, serverNow } = await open();
    const [mine, running] = await delivered(2);
    const [theirs] = await delivered(1, 'other@60000ms');
    expect((await me.withhold([mine!])).pause).toBeUndefined();
    expect(await held()).toEqual([
      [mine, ME, 1],
      [running, ME, 1],
      [theirs, 'other@60000ms', 1],
    ]);
    await pause();
    expect((await me.withhold([mine!, theirs!, '1-1'])).serverNow).toBeLessThanOrEqual(await serverNow());
    expect(await held()).toEqual([
      [mine, RETRY_CONSUMER, 0],
      [running, ME, 1],
      [theirs, 'other@60000ms', 1],
    ]);
    await resume();
    const { claimed } = await me.claimDue({ limit: 10, notThese: [], late: [] });
    expect(claimed).toMatchObject([{ id: mine, deliveryCount: 1 }]);
  });

  it('a pause with an end is over then', async () => {
    const { me, pause, letPass, serverNow } = await open();
    const until = (await serverNow()) + 1_000;
    await pause(until);
    expect((await me.withhold([])).pause).toMatchObject({ until: new Date(until) });
    await letPass(1_000);
    expect((await me.withhold([])).pause).toBeUndefined();
  });
});
