import { expect, it } from 'vitest';
import { ME, at, onEveryBroker } from './on-every-broker.js';

const RETRY_CONSUMER = 'retry-scheduled';
const OTHER = 'other@60000ms';
const ALL = { limit: 100, notThese: [], late: [] };

onEveryBroker((open) => {
  it('a due retry is claimed with its fields and one delivery more, once', async () => {
    const { scheduled, me, held, retries } = await open();
    const [id] = await scheduled(0);
    const reply = await me.claimDue(ALL);
    expect(reply.claimed).toEqual([{ id, deliveryCount: 2, fields: ['n', '0'], from: undefined }]);
    expect(reply).toMatchObject({ deleted: [], nextDueAt: undefined });
    expect(await held()).toEqual([[id, ME, 2]]);
    expect(await retries()).toEqual([]);
    expect((await me.claimDue(ALL)).claimed).toEqual([]);
  });

  it('a retry that is not due stays, and the reply tells when it will be', async () => {
    const { scheduled, me, held, retries, serverNow } = await open();
    const [later, sooner] = await scheduled(60_000, 30_000);
    const reply = await me.claimDue(ALL);
    expect(reply.claimed).toEqual([]);
    expect(await held()).toEqual([
      [later, RETRY_CONSUMER, 1],
      [sooner, RETRY_CONSUMER, 1],
    ]);
    expect((await retries())[0]).toEqual([sooner, reply.nextDueAt]);
    expect(reply.nextDueAt! - reply.serverNow).toBeGreaterThan(0);
    expect(reply.serverNow).toBeLessThanOrEqual(await serverNow());
  });

  it('no more are claimed than asked for, the earliest first', async () => {
    const { scheduled, me } = await open();
    const [second, first, third] = await scheduled(-2_000, -3_000, -1_000);
    const { claimed, nextDueAt, serverNow } = await me.claimDue({ ...ALL, limit: 2 });
    expect(claimed.map(({ id }) => id)).toEqual([first, second]);
    expect(nextDueAt).toBeLessThan(serverNow);
    expect((await me.claimDue({ ...ALL, limit: 2 })).claimed.map(({ id }) => id)).toEqual([third]);
  });

  it('ids that are not to be taken stay, and do not count as the next that is due', async () => {
    const { scheduled, me, held, retries } = await open();
    const [busy, free, later] = await scheduled(-2_000, -1_000, 60_000);
    const reply = await me.claimDue({ limit: 1, notThese: [busy!], late: [] });
    expect(reply.claimed.map(({ id }) => id)).toEqual([free]);
    expect(await held()).toEqual([
      [busy, RETRY_CONSUMER, 1],
      [free, ME, 2],
      [later, RETRY_CONSUMER, 1],
    ]);
    expect((await retries()).find(([id]) => id === later)).toEqual([later, reply.nextDueAt]);
  });

  it('ids that are late by their worker’s clock are due whatever the server’s says', async () => {
    const { scheduled, me } = await open();
    const [late, early] = await scheduled(60_000, 60_000);
    const { claimed } = await me.claimDue({ ...ALL, late: [late!, '1-0'] });
    expect(claimed.map(({ id, deliveryCount }) => [id, deliveryCount])).toEqual([[late, 2]]);
    expect((await me.claimDue({ ...ALL, notThese: [early!], late: [early!] })).claimed).toEqual([]);
  });

  it('entries that were deleted are told, dropped, and count for the limit', async () => {
    const { scheduled, deleteEntry, me, held } = await open();
    const [deleted, other] = await scheduled(-2_000, -1_000);
    await deleteEntry(deleted!);
    expect(await me.claimDue({ ...ALL, limit: 1 })).toMatchObject({ claimed: [], deleted: [deleted] });
    expect(await held()).toEqual([[other, RETRY_CONSUMER, 1]]);
  });

  it('what somebody else runs by now is only taken off the schedule', async () => {
    const { scheduled, moveGroup, reader, me, held, retries } = await open();
    const [id] = await scheduled(0);
    await moveGroup('0-0');
    await (await reader(OTHER)).read(1, 0);
    expect((await me.claimDue(ALL)).claimed).toEqual([]);
    expect(await held()).toEqual([[id, OTHER, 1]]);
    expect(await retries()).toEqual([]);
  });

  it('what was settled is only taken off the schedule', async () => {
    const { scheduled, moveGroup, reader, settle, me, held, retries } = await open();
    const [id] = await scheduled(0);
    await moveGroup('0-0');
    await (await reader()).read(1, 0);
    await settle({ acks: at(1, id!) });
    expect((await me.claimDue(ALL)).claimed).toEqual([]);
    expect(await held()).toEqual([]);
    expect(await retries()).toEqual([]);
  });

  it('the reply tells when the next delayed task of the stream is due, too', async () => {
    const { me, delayUntil, serverNow } = await open();
    expect((await me.claimDue(ALL)).nextDelayedAt).toBeUndefined();
    const now = await serverNow();
    await delayUntil(now + 60_000);
    await delayUntil(now + 30_000);
    expect((await me.claimDue(ALL)).nextDelayedAt).toBe(now + 30_000);
  });

  it('without the group due retries cannot be claimed', async () => {
    const { scheduled, destroyGroup, me } = await open();
    await scheduled(0);
    await destroyGroup();
    await expect(me.claimDue(ALL)).rejects.toMatchObject({ kind: 'group-missing' });
  });
});
