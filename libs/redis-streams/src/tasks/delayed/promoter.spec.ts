import { expect, it } from 'vitest';
import { pass, recordedLog, useFakeTime } from '../../../../../test/support/engine.js';
import { RedisFailure } from '../../model/ports/redis-failure.js';
import type { PromoteReply } from '../../model/ports/tasks/delayed.js';
import { Promoter } from './promoter.js';

useFakeTime();

/** Delayed tasks of one stream, by when they are due, and all looks at them. */
class Store {
  readonly due: number[] = [];
  readonly looks: number[] = [];
  trouble: Error | undefined;
  refused: string | undefined;
  setAside: PromoteReply['setAside'] = [];
  atOnce = 100;

  async promote(): Promise<PromoteReply> {
    const now = performance.now();
    this.looks.push(Math.round(now));
    if (this.trouble) throw this.trouble;
    const { refused, setAside } = this;
    const lateMs = Math.max(0, now - (this.due[0] ?? now));
    let entered = 0;
    while (refused === undefined && entered < this.atOnce && this.due[0]! <= now) {
      this.due.shift();
      entered++;
    }
    return { entered, lateMs, nextInMs: this.due[0] === undefined ? undefined : this.due[0] - now, setAside, refused };
  }
}

function scene() {
  const store = new Store();
  const log = recordedLog();
  return { store, log, promoter: new Promoter(store, log), from: performance.now() };
}

it('who consumes a stream looks when something is due, and then when the next one is', async () => {
  const { store, promoter, from } = scene();
  promoter.consume('s');
  store.due.push(from + 1_000, from + 1_000, from + 90_000);
  promoter.expect('s', 1_000);
  promoter.expect('s', 2_000);
  await pass(89_999);
  expect(store.looks).toEqual([from + 1_000]);
  await pass(1);
  expect(store.looks).toEqual([from + 1_000, from + 90_000]);
  await pass(3_600_000);
  expect(store.looks).toHaveLength(2);
});

it('who hears of an earlier one looks earlier', async () => {
  const { store, promoter, from } = scene();
  promoter.consume('s');
  promoter.expect('s', 60_000);
  store.due.push(from + 500, from + 60_000);
  promoter.added('s', 500);
  await pass(60_000);
  expect(store.looks).toEqual([from + 500, from + 60_000]);
});

it('many that are due enter at once', async () => {
  const { store, promoter, from } = scene();
  promoter.consume('s');
  store.atOnce = 10;
  store.due.push(...Array<number>(95).fill(from + 100));
  promoter.expect('s', 100);
  await pass(120);
  expect(store.looks).toHaveLength(10);
  expect(store.due).toEqual([]);
});

it('of several that consume one looks, and another where that one is gone', async () => {
  const { store, from } = scene();
  const promoters = Array.from({ length: 8 }, () => new Promoter(store, recordedLog()));
  const consumers = promoters.map((promoter) => [promoter, promoter.consume('s')] as const);
  store.due.push(...Array.from({ length: 3_000 }, (_, n) => from + 1_000 + 20 * n));
  for (const [promoter] of consumers) promoter.expect('s', 1_000);
  await pass(31_000);
  // Every one of the 1,500 is in time, and the seven who come too late come twice a second at most.
  expect(store.due[0]).toBeGreaterThan(performance.now());
  expect(store.looks.length).toBeLessThan(1_500 + 7 * 31 * 2);
  promoters[0]!.close();
  await pass(2_000);
  expect(store.due[0]).toBeGreaterThan(performance.now() - 20);
  await pass(28_000);
  expect(store.due).toEqual([]);
});

it('who only produces leaves to consumers what is due later, and sees to what they may not know yet', async () => {
  const { store, promoter, from } = scene();
  store.due.push(from + 2_000, from + 3_000, from + 20_000);
  promoter.added('s', 20_000);
  promoter.added('s', 3_000);
  promoter.added('s', 2_000);
  await pass(24_999);
  expect(store.looks).toEqual([from + 2_000, from + 3_000]);
  await pass(1);
  expect(store.looks).toEqual([from + 2_000, from + 3_000, from + 25_000]);
});

it('who has added what is due soon sees to it, though a look comes before, whose answer knows the time a little differently', async () => {
  const { store, promoter, from } = scene();
  promoter.used('s');
  promoter.added('s', 5_500);
  store.due.push(from + 5_503);
  await pass(5_503);
  expect(store.due).toEqual([]);
});

it('who begins to add to a stream looks once for what nobody sees to, and says nothing where it may not', async () => {
  const { store, promoter, log, from } = scene();
  store.due.push(from - 1, from + 60_000);
  promoter.used('s');
  await pass(65_000);
  expect(store.looks).toEqual([from + 5_000, from + 65_000]);
  store.trouble = new RedisFailure('NOPERM', { kind: 'forbidden', remedy: '', isRefusal: false });
  promoter.used('other');
  await pass(60_000);
  expect(store.looks).toHaveLength(3);
  expect(log.lines).toEqual([]);
});

it('looks again at what Redis does not take or answer, less and less often, and tells it once', async () => {
  const { store, promoter, log, from } = scene();
  promoter.consume('s');
  store.due.push(from);
  store.refused = 'WRONGTYPE it is';
  promoter.expect('s', 0);
  await pass(60_000);
  expect(store.looks.length).toBeGreaterThan(6);
  expect(store.looks.length).toBeLessThan(14);
  expect(log.lines).toEqual(["warn: Delayed tasks that are due cannot enter 's'; it is tried on: WRONGTYPE it is."]);
  store.refused = undefined;
  store.trouble = new Error('no answer');
  await pass(60_000);
  expect(log.lines.at(-1)).toMatch(/no answer/);
  store.trouble = undefined;
  await pass(15_000);
  expect(store.due).toEqual([]);
  expect(log.lines.at(-1)).toBe("log: Delayed tasks enter 's' again.");
  expect(log.lines).toHaveLength(3);
});

it('what was set aside is told', async () => {
  const { store, promoter, log } = scene();
  promoter.consume('s');
  store.setAside = [
    { id: 't_1', reason: 'it is no list', deadLetterId: '5-0' },
    { id: 't_2', reason: 'it is no list', deadLetterId: undefined },
  ];
  promoter.expect('s', 0);
  await pass();
  expect(log.lines).toEqual([
    "error: The delayed task t_1 of 's' cannot be run, as it is no list: it is the dead letter 5-0 now.",
    "error: The delayed task t_2 of 's' cannot be run, as it is no list: it comes again, as no dead letter can be written.",
  ]);
});

it('what is due in years is looked at then', async () => {
  const { store, promoter, from } = scene();
  promoter.consume('s');
  const years = 3 * 365 * 24 * 3_600_000;
  store.due.push(from + years);
  promoter.expect('s', years);
  await pass(years - 1);
  expect(store.looks).toEqual([]);
  await pass(1);
  expect(store.looks).toEqual([from + years]);
});

it('nothing is looked at after the close, nor when nobody consumes any more', async () => {
  const { store, promoter, from } = scene();
  const stop = promoter.consume('s');
  store.due.push(from + 1_000);
  stop();
  stop();
  promoter.expect('s', 1_000);
  await pass(5_999);
  expect(store.looks).toEqual([]);
  promoter.close();
  promoter.expect('s', 0);
  await pass(60_000);
  expect(store.looks).toEqual([]);
});

it('who is told that there may be an earlier one looks at once', async () => {
  const { store, promoter, from } = scene();
  promoter.consume('s');
  store.due.push(from + 300);
  promoter.look('s');
  await pass(1_000);
  expect(store.looks).toEqual([from, from + 300]);
});
