import { describe, expect, it } from 'vitest';
import type { GroupLook, StreamLook } from '../../model/ports/queries.js';
import { Rates } from './rates.js';

const STREAM = 'ai:queue';

interface Seen {
  readonly atS: number;
  readonly added?: number;
  readonly lately?: StreamLook['addedLately'];
  readonly group?: Partial<GroupLook>;
}

function lookOf({ atS, added, lately, group }: Seen): StreamLook {
  return {
    serverNow: atS * 1_000,
    length: 0,
    lastGeneratedId: '0-0',
    entriesAdded: added,
    addedLately: lately,
    deadLetters: 0,
    delayed: { count: 0, due: 0, nextDueAt: undefined },
    writesRefused: undefined,
    notAllowed: [],
    groups: group ? [{ name: 'g', pending: 0, ...group } as GroupLook] : [],
  };
}

/** The rates that the last look tells: added, finished. */
function ratesAfter(...seen: Seen[]): (number | undefined)[] {
  const rates = new Rates();
  const told = seen.map((each) => rates.learn(STREAM, lookOf(each)));
  return [told.at(-1)!.addedPerSecond, told.at(-1)!.finishedPerSecond('g')];
}

const reported = (finished: number) => ({ finished });
const read = (entriesRead: number, pending: number) => ({ entriesRead, pending });

describe('what is added and finished per second', () => {
  it('is told by what was counted since an earlier look', () => {
    const [first, second] = [
      { atS: 0, added: 100, group: reported(40) },
      { atS: 5, added: 200, group: reported(60) },
    ];
    expect(ratesAfter(first, second)).toEqual([20, 4]);
  });

  it('is told since the last look that is ten seconds ago, where there are many', () => {
    const looks = Array.from({ length: 30 }, (_, n) => ({ atS: n, added: n < 15 ? 0 : (n - 15) * 100 }));
    expect(ratesAfter(...looks)[0]).toBe(100);
  });

  it('is told of the first look by the last ids, as far as that goes', () => {
    const lately = { count: 30, withinMs: 10_000 };
    expect(ratesAfter({ atS: 0, lately, group: reported(7) })).toEqual([3, undefined]);
    expect(ratesAfter({ atS: 0, lately }, { atS: 20, lately: { count: 1_000, withinMs: 500 } })[0]).toBe(2_000);
  });

  it.each([
    ['after less than a second', { atS: 0.5, added: 5, group: reported(1) }],
    ['after more than five minutes', { atS: 301, added: 5, group: reported(1) }],
    ['where the count began anew', { atS: 5, added: 0, group: reported(0) }],
    ['where the clock was set back', { atS: -5, added: 5, group: reported(1) }],
    ['where the group is gone', { atS: 5 }],
  ])('is not known %s', (_when, later) => {
    expect(ratesAfter({ atS: 0, added: 1, group: reported(1) }, later)).toEqual([undefined, undefined]);
  });

  it('is what Redis counts for a group without workers of ours, and never a mixture', () => {
    expect(ratesAfter({ atS: 0, group: read(10, 5) }, { atS: 5, group: read(30, 15) })[1]).toBe(2);
    expect(ratesAfter({ atS: 0, group: read(10, 5) }, { atS: 5, group: reported(30) })[1]).toBeUndefined();
  });
});

it('a look at the last ids is needed until there are two counts, and always where the server counts no adds', () => {
  const rates = new Rates();
  const needs = [rates.needsLately(STREAM)];
  for (const atS of [0, 2, 4]) {
    rates.learn(STREAM, lookOf({ atS, added: 1 }));
    needs.push(rates.needsLately(STREAM));
  }
  rates.learn(STREAM, lookOf({ atS: 6 }));
  needs.push(rates.needsLately(STREAM));
  expect(needs).toEqual([true, true, false, false, true]);
});

it('a thousand streams are remembered, those that were asked for last', () => {
  const rates = new Rates();
  for (let n = 0; n <= 1_000; n++) rates.learn(`s${n}`, lookOf({ atS: 0, added: 0 }));
  expect(rates.learn('s0', lookOf({ atS: 5, added: 5 })).addedPerSecond).toBeUndefined();
  expect(rates.learn('s1000', lookOf({ atS: 5, added: 5 })).addedPerSecond).toBe(1);
});
