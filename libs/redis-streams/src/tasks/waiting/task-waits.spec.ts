import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisFailure, type FailureKind } from '../../model/ports/redis-failure.js';
import type { Doorbell, DoorbellListener, Ring } from '../../model/ports/tasks/doorbell.js';
import type { Ear, TaskKey, TaskLook, TaskStore } from '../../model/ports/tasks/task-store.js';
import { TaskWaits } from './task-waits.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const WAITING: TaskLook = {
  serverNow: 1_000,
  record: undefined,
  groups: ['workers'],
  lastDelivered: '0-0',
  pending: undefined,
  retryAt: undefined,
  reserved: {},
  first: '1-0',
  last: '99999-0',
};
const UNKNOWN: TaskLook = { ...WAITING, lastDelivered: '5-0', reserved: undefined };
const ended = (record: Record<string, string>): TaskLook => ({ ...WAITING, record: { at: '1000', ...record } });
const DONE = ended({ state: 'completed', result: '{"n":1}' });

class FakeStore implements Pick<TaskStore, 'look' | 'peek'> {
  /** What is seen of the tasks, by id. */
  readonly looks = new Map<string, TaskLook | Error>();
  readonly asked: { readonly id: string; readonly ear: Ear }[] = [];
  atOnce = 0;
  mostAtOnce = 0;

  async look({ id }: TaskKey, ear: Ear): Promise<TaskLook> {
    this.asked.push({ id, ear });
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    const look = this.looks.get(id) ?? WAITING;
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.atOnce--;
    if (look instanceof Error) throw look;
    return look;
  }

  async peek(task: TaskKey, ear: Ear) {
    const { record } = await this.look(task, ear);
    return record?.state === undefined ? undefined : record;
  }
}

class FakeDoorbell implements Doorbell {
  readonly address = 'here';
  readonly hears = true;
  readonly listeners = new Set<DoorbellListener>();
  open = vi.fn(async () => undefined);

  listen(listener: DoorbellListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  ring(id: string, kind: Ring['kind'] = 'news'): void {
    for (const listener of this.listeners) listener.ring?.({ kind, stream: 'q', group: 'workers', id });
  }

  hearAgain(): void {
    for (const listener of this.listeners) listener.hears?.();
  }
}

function scene() {
  const store = new FakeStore();
  const doorbell = new FakeDoorbell();
  const waits = new TaskWaits(store, doorbell);
  const untilEnd = (id: string, timeoutMs = 30_000, more: { signal?: AbortSignal; isAdded?: boolean } = {}) => {
    const wait = waits.untilEnd({ stream: 'q', group: 'workers', id }, { timeoutMs, signal: undefined, ...more });
    const outcome: { result?: unknown; error?: Error; isOver: boolean } = { isOver: false };
    wait.then(
      (result) => Object.assign(outcome, { result, isOver: true }),
      (error: Error) => Object.assign(outcome, { error, isOver: true }),
    );
    return outcome;
  };
  return { store, doorbell, waits, untilEnd };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('a wait ends', () => {
  it('at once where the task has ended, with the result that was kept', async () => {
    const { store, untilEnd } = scene();
    store.looks.set('5-0', DONE);
    const wait = untilEnd('5-0');
    await pass(1);
    expect(wait).toEqual({ isOver: true, result: { n: 1 } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('when the doorbell rings for its task, and not for another', async () => {
    const { store, doorbell, untilEnd } = scene();
    const wait = untilEnd('5-0');
    await pass(1);
    store.looks.set('5-0', DONE);
    doorbell.ring('6-0');
    doorbell.ring('5-0', 'cancel');
    await pass(1);
    expect(wait.isOver).toBe(false);
    doorbell.ring('5-0');
    await pass(1);
    expect(wait.result).toEqual({ n: 1 });
  });

  it('when it rings while a look is under way, whose answer may be older', async () => {
    const { store, doorbell, untilEnd } = scene();
    const wait = untilEnd('5-0');
    store.looks.set('5-0', DONE);
    doorbell.ring('5-0');
    doorbell.ring('5-0');
    await pass(2);
    expect(wait.isOver).toBe(true);
    expect(store.asked).toHaveLength(2);
  });

  it('when the doorbell hears again', async () => {
    const { store, doorbell, untilEnd } = scene();
    const wait = untilEnd('5-0');
    await pass(10);
    store.looks.set('5-0', DONE);
    doorbell.hearAgain();
    await pass(1);
    expect(wait.isOver).toBe(true);
  });

  it('by a poll that backs off to 15 seconds, though nobody rings', async () => {
    const { store, untilEnd } = scene();
    const wait = untilEnd('5-0', 600_000);
    await pass(1_100);
    expect(store.asked).toHaveLength(2);
    await pass(300_000);
    expect(store.asked.length).toBeLessThan(30);
    store.looks.set('5-0', DONE);
    await pass(15_100);
    expect(wait.isOver).toBe(true);
  });

  it('at its deadline, and says where the task is', async () => {
    const { store, untilEnd } = scene();
    store.looks.set('5-0', { ...WAITING, pending: { consumer: 'gpu-1@500ms', idleMs: 5, deliveryCount: 1 } });
    const wait = untilEnd('5-0', 1_500);
    await pass(1_550);
    expect(wait.error).toMatchObject({ name: 'WaitTimeoutError', taskId: '5-0', task: { state: 'running' } });
    expect(wait.error!.message).toBe(
      "The task 5-0 of 'q' (group 'workers') did not end within 1500 ms and goes on: it is run by gpu-1@500ms.",
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  it('by its signal, with that reason, and its listener goes', async () => {
    const { untilEnd } = scene();
    const { signal, abort } = withAbort();
    const both = [untilEnd('5-0', 30_000, { signal }), untilEnd('6-0', 30_000, { signal })];
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    abort('gone');
    await pass(1);
    expect(both.map(({ error }) => error)).toEqual(['gone', 'gone']);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
    const late = untilEnd('7-0', 30_000, { signal });
    await pass(1);
    expect(late.error).toBe('gone');
  });

  it('when all of this is closed, as does each one after that', async () => {
    const { waits, doorbell, untilEnd } = scene();
    const wait = untilEnd('5-0');
    await pass(1);
    waits.close();
    const late = untilEnd('6-0');
    await pass(1);
    expect([wait.error!.name, late.error!.name]).toEqual(['RedisUnavailableError', 'RedisUnavailableError']);
    expect(doorbell.listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a task that ended otherwise than well rejects', () => {
  it.each([
    [{ state: 'dead-lettered', reason: 'unrecoverable', error: 'Error: no' }, /given up \(unrecoverable\): Error: no/],
    [{ state: 'cancelled', 'cancel-reason': 'too slow' }, /was cancelled: too slow\./],
    [{ state: 'cancelled' }, /was cancelled\./],
    [{ state: 'expired' }, /not done by its deadline/],
  ])('%o', async (record, message) => {
    const { store, untilEnd } = scene();
    store.looks.set('5-0', ended(record));
    const wait = untilEnd('5-0');
    await pass(1);
    expect(wait.error).toMatchObject({ name: 'TaskFailedError', task: { state: record.state } });
    expect(wait.error!.message).toMatch(message);
  });
});

describe('a task that is not in the stream', () => {
  it('rejects where it was never seen', async () => {
    const { store, untilEnd } = scene();
    store.looks.set('5-0', UNKNOWN);
    const wait = untilEnd('5-0');
    await pass(1);
    expect(wait.error!.message).toMatch(/is not there: it was deleted, or never added/);
  });

  it('has ended where it was seen before, or is known to have been added', async () => {
    const { store, doorbell, untilEnd } = scene();
    const seen = untilEnd('5-0');
    await pass(1);
    store.looks.set('5-0', UNKNOWN);
    doorbell.ring('5-0');
    store.looks.set('6-0', UNKNOWN);
    const added = untilEnd('6-0', 30_000, { isAdded: true });
    await pass(2_001);
    for (const wait of [seen, added]) expect(wait).toEqual({ isOver: true, result: undefined });
  });

  it('was lost where the stream begins anew, or never got that far: it has not ended, though it was seen before', async () => {
    const { store, untilEnd } = scene();
    const waits = ['5-0', '6-0'].map((id) => untilEnd(id, 30_000, { isAdded: true }));
    await pass(1);
    store.looks.set('5-0', { ...UNKNOWN, last: undefined });
    store.looks.set('6-0', { ...UNKNOWN, last: '5-9' });
    await pass(1_301);
    for (const wait of waits) expect(wait.error!.message).toMatch(/is not there/);
  });

  it('is waited for where only its group is missing, and the error names those that there are', async () => {
    const { store, untilEnd } = scene();
    store.looks.set('5-0', { ...WAITING, lastDelivered: undefined, groups: ['audit', 'ocr'] });
    const wait = untilEnd('5-0', 2_000);
    await pass(1_900);
    expect(wait.isOver).toBe(false);
    await pass(200);
    expect(wait.error!.message).toMatch(/2000 ms: its stream has no group 'workers', only 'audit', 'ocr'\.$/);
  });
});

const failure = (kind: FailureKind) => new RedisFailure('no luck', { kind, remedy: '', isRefusal: false });

it('of a task that was just added nothing is asked until it is rung for, or for a moment', async () => {
  const { store, doorbell, untilEnd } = scene();
  const [rung, older] = ['5-0', '6-0'].map((id) => untilEnd(id, 30_000, { isAdded: true }));
  await pass(150);
  expect(store.asked).toEqual([]);
  for (const id of ['5-0', '6-0']) store.looks.set(id, DONE);
  doorbell.ring('5-0', 'ended');
  await pass(1);
  expect(rung!.result).toEqual({ n: 1 });
  // Whoever ran it does not know of such rings.
  await pass(120);
  expect(older!.result).toEqual({ n: 1 });
});

it('a task that is rung for before its add is answered is looked at as soon as it is', async () => {
  const { store, doorbell, untilEnd } = scene();
  store.looks.set('5-0', DONE);
  doorbell.ring('5-0', 'ended');
  const wait = untilEnd('5-0', 30_000, { isAdded: true });
  await pass(1);
  expect(wait.result).toEqual({ n: 1 });
});

it('of a task that was just added, or rung for, only the record is read until the first poll', async () => {
  const { store, doorbell, untilEnd } = scene();
  const peeks = vi.spyOn(store, 'peek');
  const looks = vi.spyOn(store, 'look');
  // The stand-in's peek looks, too.
  const counts = () => [peeks.mock.calls.length, looks.mock.calls.length - peeks.mock.calls.length];
  untilEnd('5-0', 30_000, { isAdded: true });
  untilEnd('6-0', 30_000, { isAdded: true });
  await pass(1);
  doorbell.ring('5-0');
  await pass(260);
  expect(counts()).toEqual([2, 0]);
  await pass(1_300);
  expect(counts()).toEqual([2, 2]);
  untilEnd('7-0', 500, { isAdded: true });
  await pass(1);
  expect(counts()).toEqual([2, 3]);
});

describe('while Redis does not answer', () => {
  it('a wait goes on, and ends when Redis answers', async () => {
    const { store, untilEnd } = scene();
    store.looks.set('5-0', failure('disconnected'));
    const wait = untilEnd('5-0');
    await pass(5_000);
    expect(wait.isOver).toBe(false);
    store.looks.set('5-0', DONE);
    await pass(8_000);
    expect(wait.result).toEqual({ n: 1 });
  });

  it('a wait that times out says why nothing is known', async () => {
    const { store, untilEnd } = scene();
    store.looks.set('5-0', failure('disconnected'));
    const wait = untilEnd('5-0', 100);
    await pass(150);
    expect(wait.error).toMatchObject({ task: undefined, cause: { message: 'no luck' } });
    expect(wait.error!.message).toMatch(/within 100 ms\. The last question to Redis failed: no luck$/);
  });

  it.each(['forbidden', 'wrong-type'] as const)('but not against what is %s', async (kind) => {
    const { store, untilEnd } = scene();
    store.looks.set('5-0', failure(kind));
    const wait = untilEnd('5-0');
    await pass(1);
    expect(wait.error).toMatchObject({ kind });
  });
});

describe('many waits', () => {
  it('for one task share looks, and each gets a result of its own', async () => {
    const { store, doorbell, untilEnd } = scene();
    const waits = Array.from({ length: 100 }, () => untilEnd('5-0'));
    await pass(1);
    expect(store.asked).toHaveLength(1);
    store.looks.set('5-0', DONE);
    doorbell.ring('5-0');
    await pass(1);
    expect(waits.every(({ result }) => (result as { n: number }).n === 1)).toBe(true);
    expect(new Set(waits.map(({ result }) => result)).size).toBe(100);
  });

  it('for one task end at their own deadlines', async () => {
    const { untilEnd } = scene();
    const short = untilEnd('5-0', 100);
    const long = untilEnd('5-0', 5_000);
    await pass(200);
    expect([short.isOver, long.isOver]).toEqual([true, false]);
    await pass(5_000);
    expect(long.isOver).toBe(true);
  });

  it('for many tasks look at them a portion at a time, with one timer, and open the doorbell once', async () => {
    const { store, doorbell, untilEnd } = scene();
    const all = Array.from({ length: 2_000 }, (_, n) => untilEnd(`${n}-0`));
    await pass(10);
    expect(store.asked).toHaveLength(2_000);
    expect(store.mostAtOnce).toBe(500);
    expect(vi.getTimerCount()).toBe(1);
    expect(doorbell.open).toHaveBeenCalledTimes(1);
    for (const [n] of all.entries()) store.looks.set(`${n}-0`, DONE);
    doorbell.hearAgain();
    await pass(10);
    expect(store.mostAtOnce).toBe(500);
    expect(all.every(({ isOver }) => isOver)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a wait that begins when a look of an earlier one is still under way is not lost with it', async () => {
    const { store, untilEnd } = scene();
    const { signal, abort } = withAbort();
    untilEnd('5-0', 30_000, { signal });
    store.looks.set('5-0', DONE);
    abort('gone');
    const wait = untilEnd('5-0');
    await pass(2);
    expect(wait.isOver).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('an ear hears no longer than its last wait, and a minute', async () => {
    const { store, untilEnd } = scene();
    untilEnd('5-0', 100);
    untilEnd('5-0', 200);
    untilEnd('6-0', 300_000);
    await pass(1);
    expect(store.asked.map(({ ear }) => ear)).toEqual([
      { address: 'here', forMs: 100 },
      { address: 'here', forMs: 60_000 },
    ]);
  });
});

function withAbort() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason: unknown) => controller.abort(reason) };
}
