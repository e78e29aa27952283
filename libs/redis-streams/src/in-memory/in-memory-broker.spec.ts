import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SweepCommand } from '../model/ports/claims.js';
import { InMemoryBroker } from './in-memory-broker.js';

const ME = { stream: 'orders', group: 'workers', consumer: 'me@30000ms' };
const NOBODY_ELSE: SweepCommand = {
  ...{ limit: 10, expectedServerNow: undefined, unstable: [], foreignAfterMs: 1_000, foreignLeaseMs: 1_000 },
  ...{ from: { consumer: '', id: '' }, takeOver: 0, looksAround: false, slots: 1, stuck: 0, running: [] },
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A group with one entry that this consumer holds. */
async function withOneRead() {
  const broker = new InMemoryBroker();
  const stream = broker.stream(ME.stream);
  const group = broker.group(ME);
  const reader = broker.reader(ME);
  await group.ensure('0-0', false);
  await reader.connect();
  stream.add(['n', '1'], '1-0');
  await reader.read(1, 0);
  const settleIt = () => group.settle({ acks: [{ entryId: '1-0', deliveryCount: 1 }], retries: [], deadLetters: [] });
  return { broker, stream, group, reader, settleIt, pending: () => stream.group(ME.group)!.pending };
}

/** Whether a promise has settled once all that is ready has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => (settled = true);
  promise.then(note, note);
  await vi.advanceTimersByTimeAsync(0);
  return settled;
}

describe('calls that go wrong', () => {
  it('a call fails before it takes effect, and the next one succeeds', async () => {
    const { broker, settleIt, pending } = await withOneRead();
    broker.fail('settle', { kind: 'read-only' });
    await expect(settleIt()).rejects.toMatchObject({ kind: 'read-only' });
    expect(pending().size).toBe(1);
    expect((await settleIt()).lost.size).toBe(0);
    expect(pending().size).toBe(0);
  });

  it('a call takes effect and its reply is lost, as often as ordered', async () => {
    const { broker, settleIt, pending } = await withOneRead();
    broker.fail('settle', { kind: 'disconnected', times: 2, afterEffect: true });
    await expect(settleIt()).rejects.toMatchObject({ kind: 'disconnected' });
    expect(pending().size).toBe(0);
    await expect(settleIt()).rejects.toMatchObject({ kind: 'disconnected' });
    expect((await settleIt()).lost).toEqual(new Map([['1-0', 'nobody']]));
  });

  it('a call that is held waits until it is released', async () => {
    const { broker, settleIt, pending } = await withOneRead();
    const release = broker.hold('settle');
    const settled = settleIt();
    expect(await isSettled(settled)).toBe(false);
    expect(pending().size).toBe(1);
    release();
    expect((await settled).lost.size).toBe(0);
    expect(await isSettled(settleIt())).toBe(true);
  });

  it('a reply that is held comes when it is released, or a failure instead of it', async () => {
    const { broker, settleIt, pending } = await withOneRead();
    const release = broker.hold('settle', { afterEffect: true });
    const settled = settleIt();
    expect(await isSettled(settled)).toBe(false);
    expect(pending().size).toBe(0);
    release({ kind: 'disconnected' });
    await expect(settled).rejects.toMatchObject({ kind: 'disconnected' });
  });

  it('a call that is held for too long is given up, and takes no effect when it is released', async () => {
    const { broker, settleIt, pending } = await withOneRead();
    const release = broker.hold('settle');
    const settled = expect(settleIt()).rejects.toMatchObject({ kind: 'disconnected' });
    await vi.advanceTimersByTimeAsync(10_000);
    await settled;
    release();
    await vi.advanceTimersByTimeAsync(0);
    expect(pending().size).toBe(1);
  });

  it('a reply comes late', async () => {
    const { broker, settleIt } = await withOneRead();
    broker.delay('settle', 500);
    const settled = settleIt();
    await vi.advanceTimersByTimeAsync(499);
    expect(await isSettled(settled)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await isSettled(settled)).toBe(true);
  });

  it('a settlement is sent twice, and says so', async () => {
    const { broker, settleIt } = await withOneRead();
    broker.resend('settle');
    expect(await settleIt()).toMatchObject({ wasResent: true, lost: new Map([['1-0', 'nobody']]) });
    expect(await settleIt()).toMatchObject({ wasResent: false });
  });

  it('a read takes effect and its reply is lost: the entry is in the own pending list', async () => {
    const { broker, stream, group, reader } = await withOneRead();
    broker.fail('read', { kind: 'disconnected', afterEffect: true });
    stream.add(['n', '2'], '2-0');
    await expect(reader.read(1, 0)).rejects.toMatchObject({ kind: 'disconnected' });
    expect(reader.isConnected).toBe(false);
    const { claimed } = await group.sweep({ ...NOBODY_ELSE, running: ['1-0'] });
    expect(claimed).toMatchObject([{ id: '2-0', deliveryCount: 1, from: ME.consumer }]);
  });
});

describe('a connection that breaks', () => {
  it('a blocked read fails, calls for the group wait, and all goes on when it is there again', async () => {
    const { broker, reader, settleIt } = await withOneRead();
    const ready = vi.fn();
    broker.onReady(ready);
    const read = expect(reader.read(1, 5_000)).rejects.toMatchObject({ kind: 'disconnected' });
    broker.goDown();
    await read;
    expect(broker.isReady).toBe(false);
    expect(broker.trouble).toMatchObject({ kind: 'disconnected' });
    await expect(reader.connect()).rejects.toMatchObject({ kind: 'disconnected' });
    const settled = settleIt();
    const answered = broker.answers();
    expect(await isSettled(settled)).toBe(false);
    expect(await isSettled(answered)).toBe(false);

    broker.comeUp();
    expect((await settled).lost.size).toBe(0);
    await answered;
    expect(ready).toHaveBeenCalledOnce();
    await reader.connect();
    expect(reader.isConnected).toBe(true);
  });

  it('a call for the group is given up when the connection stays away', async () => {
    const { broker, settleIt, pending } = await withOneRead();
    broker.goDown({ kind: 'refused', message: 'NOAUTH Authentication required.', isRefusal: true });
    expect(broker.trouble).toMatchObject({ isRefusal: true });
    const settled = expect(settleIt()).rejects.toMatchObject({ kind: 'disconnected' });
    await vi.advanceTimersByTimeAsync(10_000);
    await settled;
    broker.comeUp();
    await vi.advanceTimersByTimeAsync(0);
    expect(pending().size).toBe(1);
  });

  it('only readers break, and connect again at once', async () => {
    const { broker, reader } = await withOneRead();
    const read = expect(reader.read(1, 5_000)).rejects.toMatchObject({ kind: 'disconnected' });
    broker.breakReaders();
    await read;
    expect(broker.isReady).toBe(true);
    await reader.connect();
    expect(await reader.read(1, 0)).toEqual([]);
  });

  it('a read that is held until its reader was disconnected takes nothing', async () => {
    const { broker, stream, reader, pending } = await withOneRead();
    const release = broker.hold('read');
    stream.add(['n', '2'], '2-0');
    const read = expect(reader.read(1, 0)).rejects.toMatchObject({ kind: 'disconnected' });
    reader.disconnect();
    await read;
    release();
    await vi.advanceTimersByTimeAsync(0);
    expect(pending().size).toBe(1);
  });
});

describe('a server that is frozen', () => {
  it('answers when it goes on, and all has been idle for so long', async () => {
    const { broker, stream, group, settleIt } = await withOneRead();
    const thaw = broker.freezeServer();
    const settled = settleIt();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(broker.isReady).toBe(true);
    expect(stream.group(ME.group)!.held).toMatchObject([{ id: '1-0', idleMs: 5_000 }]);
    expect(await isSettled(settled)).toBe(false);
    thaw();
    expect((await settled).lost.size).toBe(0);
    expect(await isSettled(group.renew([]))).toBe(true);
  });

  it('is given up in time, by readers as by others', async () => {
    const { broker, stream, reader, group } = await withOneRead();
    const thaw = broker.freezeServer();
    stream.add(['n', '2'], '2-0');
    const read = expect(reader.read(1, 1_000)).rejects.toMatchObject({ kind: 'disconnected' });
    const renewed = expect(group.renew(['1-0'])).rejects.toMatchObject({ kind: 'disconnected' });
    await vi.advanceTimersByTimeAsync(4_000);
    await read;
    expect(reader.isConnected).toBe(false);
    const connected = expect(reader.connect()).rejects.toMatchObject({ kind: 'disconnected' });
    await vi.advanceTimersByTimeAsync(6_000);
    await connected;
    await renewed;
    thaw();
    await reader.connect();
    expect(await reader.read(1, 0)).toMatchObject([{ id: '2-0' }]);
  });
});

describe('the clock of the server', () => {
  it('goes on with the time of the process, whatever that takes for the date', async () => {
    const { broker } = await withOneRead();
    const before = broker.clock.now;
    vi.setSystemTime(0);
    await vi.advanceTimersByTimeAsync(250);
    expect(broker.clock.now).toBe(before + 250);
  });

  it('is stepped, stopped and goes on', async () => {
    const { broker, stream } = await withOneRead();
    const { clock } = broker;
    const idle = () => stream.group(ME.group)!.held[0]!.idleMs;
    const before = clock.now;
    clock.step(60_000);
    expect(idle()).toBe(60_000);
    clock.step(-120_000);
    expect(idle()).toBe(0);
    clock.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(clock.now).toBe(before - 60_000);
    clock.step(1_000);
    clock.goOn();
    await vi.advanceTimersByTimeAsync(500);
    expect(clock.now).toBe(before - 60_000 + 1_500);
  });
});

describe('what a test sees', () => {
  it('all calls by their names, with their arguments as they were', async () => {
    const { broker, settleIt, group } = await withOneRead();
    await settleIt();
    const ids = ['1-0'];
    await group.renew(ids);
    ids.push('2-0');
    expect(broker.calls('settle').map(({ args }) => args[0].acks)).toEqual([[{ entryId: '1-0', deliveryCount: 1 }]]);
    expect(broker.calls('renew').map(({ args, member }) => [args[0], member])).toEqual([[['1-0'], ME]]);
    expect(broker.calls('read').map(({ args }) => args)).toEqual([[1, 0]]);
  });

  it('a signal when a call comes', async () => {
    const { broker, reader } = await withOneRead();
    const next = broker.nextCall('read');
    void reader.read(7, 0);
    expect((await next).args).toEqual([7, 0]);
  });
});
