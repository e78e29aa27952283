import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type FailureKind, RedisFailure } from '../../model/ports/redis-failure.js';
import type { Doorbell, DoorbellListener } from '../../model/ports/tasks/doorbell.js';
import type { OutputEntry, OutputPage, OutputQuestion, TaskKey, TaskLook } from '../../model/ports/tasks/task-store.js';
import type { TaskEvent } from '../../model/tasks/task-event.js';
import { compareEntryIds } from '../../wire/entry-id.js';
import { BEGINNING, isTaskEnd, readCursor } from './cursor.js';
import { TaskWatches } from './task-watches.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const TASK: TaskKey = { stream: 'q', group: 'workers', id: '5-0' };
const RUNNING: TaskLook = {
  ...{ serverNow: 1_000, record: undefined, groups: ['workers'], lastDelivered: '9-0', retryAt: undefined },
  pending: { consumer: 'gpu@1000ms', idleMs: 5, deliveryCount: 1 },
  ...{ reserved: {}, first: undefined, last: undefined },
};
const DONE: TaskLook = { ...RUNNING, pending: undefined, record: { state: 'completed', at: '1000' } };

class Scene {
  entries: OutputEntry[] = [];
  look = RUNNING;
  isAway = false;
  /** What Redis says to who asks from there. */
  readonly refusals = new Map<string, Error>();
  readonly asked: string[] = [];
  looks = 0;
  readonly listeners = new Set<DoorbellListener>();
  readonly watches: TaskWatches;

  constructor() {
    const doorbell: Doorbell = {
      ...{ address: 'here', hears: true, open: async () => undefined },
      listen: (listener) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
    };
    this.watches = new TaskWatches({ output: async (question) => this.page(question) }, doorbell);
  }

  write(...ids: string[]): void {
    this.entries.push(
      ...ids.map((id) => (id.endsWith('-0') ? { id, kind: 'b', value: '' } : { id, kind: 'c', value: `"${id}"` })),
    );
  }

  ring(): void {
    for (const listener of this.listeners) listener.ring?.({ kind: 'news', ...TASK });
  }

  /** Watches, and notes what is told. */
  watch(from?: string) {
    const cursor = from === undefined ? BEGINNING : readCursor(from, TASK, 'watch');
    const seen: TaskEvent[] = [];
    const watcher = {
      ...{ seen, told: () => seen.map(short), isComplete: false, error: undefined as unknown },
      stop: () => subscription.unsubscribe(),
    };
    const subscription = this.watches.watch(TASK, cursor).subscribe({
      next: (event) => seen.push(event),
      complete: () => (watcher.isComplete = true),
      error: (error: unknown) => (watcher.error = error),
    });
    return watcher;
  }

  /** As the script does it. */
  private async page({ after, count, wantsLook }: OutputQuestion): Promise<OutputPage> {
    this.asked.push(after);
    if (this.isAway) throw new Error('away');
    if (this.refusals.has(after)) throw this.refusals.get(after)!;
    const rest = this.entries.filter(({ id }) => compareEntryIds(id, after) > 0);
    const entries = rest.slice(0, count);
    const isPlain = entries.length > 0 && entries.every(({ kind }) => kind === 'c' || kind === 'p');
    if (isPlain && !wantsLook) return { look: undefined, entries, isMore: rest.length > count };
    this.looks++;
    return { look: this.look, entries, isMore: rest.length > count };
  }
}

function short(event: TaskEvent): string {
  if (event.type === 'chunk') return String(event.value);
  return event.type === 'state' || event.type === 'end' ? `${event.type} ${event.task.state}` : event.type;
}

const refusal = (kind: FailureKind) => new RedisFailure('no luck', { kind, remedy: '', isRefusal: false });
const settle = () => vi.advanceTimersByTimeAsync(0);

it('tells a longer output than one look brings, without waiting', async () => {
  const scene = new Scene();
  scene.write('1-0', ...Array.from({ length: 1_200 }, (_, n) => `1-${n + 1}`));
  const { told } = scene.watch();
  await settle();
  expect(told().length).toBe(1_201);
});

it('while chunks come, looks at how the task stands four times a second, and else for what they are not', async () => {
  const scene = new Scene();
  scene.write('1-0');
  const { told } = scene.watch();
  await settle();
  scene.looks = 0;
  for (let n = 1; n <= 100; n++) {
    scene.write(`1-${n}`);
    if (n === 50) scene.look = { ...RUNNING, record: { cancel: '1000' } };
    scene.ring();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(told()).toHaveLength(102);
  expect(told().indexOf('state running', 1)).toBeLessThanOrEqual(76);
  expect(scene.looks).toBeLessThanOrEqual(4);
  scene.look = { ...RUNNING, pending: { ...RUNNING.pending!, deliveryCount: 2 } };
  scene.write('2-0', '2-1');
  scene.ring();
  await settle();
  expect(told().slice(-3)).toEqual(['state running', 'restart', '2-1']);
});

it('looks when it is rung, when it hears again, and from time to time', async () => {
  const scene = new Scene();
  const { told } = scene.watch();
  await settle();
  scene.write('1-0', '1-1');
  scene.ring();
  await settle();
  expect(told()).toEqual(['state running', '1-1']);
  scene.write('1-2');
  for (const listener of scene.listeners) listener.hears?.();
  await settle();
  expect(told().at(-1)).toBe('1-2');
  scene.write('1-3');
  await vi.advanceTimersByTimeAsync(250);
  expect(told().at(-1)).toBe('1-3');
  scene.asked.length = 0;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(scene.asked.length).toBeGreaterThan(28);
  expect(scene.asked.length).toBeLessThan(35);
});

it('goes on trying while Redis is away', async () => {
  const scene = new Scene();
  scene.isAway = true;
  const { told } = scene.watch();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(told()).toEqual([]);
  scene.isAway = false;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told()).toEqual(['state running']);
});

it('who has come as far as others shares their looks; who comes later catches up', async () => {
  const scene = new Scene();
  scene.write('1-0', '1-1');
  const watchers = Array.from({ length: 200 }, () => scene.watch());
  await settle();
  const late = scene.watch();
  await settle();
  expect(scene.asked.filter((after) => after === '0-0').length).toBe(2);
  expect(scene.asked.length).toBeLessThan(6);
  scene.write('1-2');
  scene.asked.length = 0;
  scene.ring();
  await settle();
  expect(scene.asked).toEqual(['1-1']);
  for (const { told } of [...watchers, late]) expect(told()).toEqual(['state running', '1-1', '1-2']);
});

it('no timer is left when nobody watches, and it begins again with the next who does', async () => {
  const scene = new Scene();
  const { stop } = scene.watch();
  await settle();
  stop();
  await settle();
  expect(vi.getTimerCount()).toBe(0);
  scene.write('1-0', '1-1');
  const next = scene.watch();
  await settle();
  expect(next.told()).toEqual(['state running', '1-1']);
});

it('the end comes after all that was written, and its cursor is the last', async () => {
  const scene = new Scene();
  scene.write('1-0', '1-1');
  const { told, seen, ...watcher } = scene.watch();
  await settle();
  scene.write('1-2');
  scene.entries.push({ id: '1-3', kind: 'e', value: 'completed' });
  scene.look = DONE;
  scene.ring();
  await settle();
  expect(told()).toEqual(['state running', '1-1', '1-2', 'end completed']);
  expect(seen.map(({ cursor }) => isTaskEnd(cursor))).toEqual([false, false, false, true]);
  scene.asked.length = 0;
  expect(scene.watch(seen.at(-1)!.cursor).isComplete).toBe(true);
  expect(scene.asked).toEqual([]);
  expect(watcher.isComplete).toBe(false);
});

it.each([
  ['its entry is gone', { record: undefined, reserved: undefined, first: '8-0' }, 'completed', 'end completed'],
  ['its record is gone', { record: undefined, serverNow: 1e12 }, 'dead-lettered', 'end finished'],
])('what the output says of the end holds where %s', async (_what, look, value, expected) => {
  const scene = new Scene();
  scene.write('1-0');
  scene.entries.push({ id: '1-1', kind: 'e', value });
  scene.look = { ...DONE, ...look };
  const { told } = scene.watch();
  await settle();
  expect(told().at(-1)).toBe(expected);
});

it('a newer run is told before its chunks, and an output that began anew is told from its beginning', async () => {
  const scene = new Scene();
  scene.write('1-0', '1-1', '1-2');
  const { told, seen } = scene.watch();
  await settle();
  scene.write('3-0', '3-1');
  scene.ring();
  await settle();
  expect(told()).toEqual(['state running', '1-1', '1-2', 'restart', '3-1']);
  const { cursor } = seen.at(-1)!;
  scene.entries = [];
  scene.write('2-0', '2-1');
  const late = scene.watch(cursor);
  await settle();
  expect(late.told()).toEqual(['restart', '2-1']);
});

it('an output that is gone by now is no reason to begin anew', async () => {
  const scene = new Scene();
  scene.write('1-0', '1-1');
  const { seen } = scene.watch();
  await settle();
  scene.entries = [];
  scene.look = DONE;
  const late = scene.watch(seen.at(-1)!.cursor);
  await settle();
  expect(late.told()).toEqual(['end completed']);
});

it('a group that is not there yet is waited for', async () => {
  const scene = new Scene();
  scene.look = { ...RUNNING, pending: undefined, lastDelivered: undefined, groups: ['other'] };
  const { told } = scene.watch();
  await settle();
  scene.look = DONE;
  scene.ring();
  await settle();
  expect(told()).toEqual(['state unknown', 'end completed']);
});

it('when the application closes all watches complete, without an end', async () => {
  const scene = new Scene();
  const watcher = scene.watch();
  await settle();
  scene.watches.close();
  expect(watcher.isComplete).toBe(true);
  expect(watcher.told()).toEqual(['state running']);
  expect(scene.watch().isComplete).toBe(true);
  await settle();
  expect(vi.getTimerCount()).toBe(0);
});

it('errors with what Redis goes on to refuse, and goes on with what may pass', async () => {
  const scene = new Scene();
  scene.refusals.set(BEGINNING.position, refusal('refused'));
  const watcher = scene.watch();
  await settle();
  expect(watcher.error).toBeUndefined();
  const forbidden = refusal('forbidden');
  scene.refusals.set(BEGINNING.position, forbidden);
  scene.ring();
  await settle();
  expect(watcher.error).toBe(forbidden);
  const { length } = scene.asked;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(scene.asked.length).toBe(length);
});

it('what fails for who watches from one place keeps nothing from the others', async () => {
  const scene = new Scene();
  scene.write('1-0', '1-1');
  scene.refusals.set('7-0', new Error('no luck'));
  scene.watch('5-0.7-0..');
  const { told } = scene.watch();
  await settle();
  expect(told()).toEqual(['state running', '1-1']);
});

it('takes no cursor whose position Redis would not read', () => {
  const long = '1'.repeat(21);
  for (const position of [`${long}-0`, `0-${long}`, '18446744073709551615-18446744073709551615'])
    expect(() => readCursor(`5-0.${position}..`, TASK, 'watch')).toThrow(/from is the cursor/);
});
