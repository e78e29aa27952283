import { beforeEach, describe, expect, it } from 'vitest';
import { subscriptionOptions, useFakeTime } from '../../../../../test/support/engine.js';
import { failure } from '../../in-memory/failures.js';
import { InMemoryBroker } from '../../in-memory/in-memory-broker.js';
import type { InMemoryGroup } from '../../in-memory/in-memory-group.js';
import type { GroupLife } from '../../model/groups/group-life.js';
import { DoneBefore } from './done-before.js';
import { KnownLife } from './known-life.js';
import { RecentlyAcked } from './recently-acked.js';

useFakeTime();

let broker: InMemoryBroker;
let group: InMemoryGroup;
let life: KnownLife;
let acked: RecentlyAcked;
let doneBefore: DoneBefore;
/** In which the group was created. */
let first: GroupLife;

beforeEach(async () => {
  broker = new InMemoryBroker();
  group = broker.group(subscriptionOptions());
  life = new KnownLife();
  acked = new RecentlyAcked();
  doneBefore = new DoneBefore(group, life, acked);
  first = (await group.ensure('0-0', false)).life!;
});

/** The group is lost and restored, and entries after the first id up to the second come again. */
function restore(again?: { from: string; to: string }): GroupLife {
  const { marks } = broker.stream('orders');
  const mark = marks.get('workers')!;
  const restored = { ...mark.life, restores: mark.life.restores + 1 };
  marks.set('workers', { ...mark, life: restored, again: again && { ...again, passedAt: undefined } });
  return restored;
}

it('what this process never acked is not done, and Redis is not asked', async () => {
  expect(await doneBefore.amongRead(['1-0'])).toEqual(new Set());
  expect(await doneBefore.amongPending(['1-0'])).toEqual(new Set());
  expect(broker.calls('readLife')).toEqual([]);
});

describe('what it acked in the life before', () => {
  beforeEach(() => {
    for (const id of ['1-0', '2-0', '3-0']) acked.add(id, first);
  });

  it('and is pending again, is done', async () => {
    restore();
    expect(await doneBefore.amongPending(['1-0', '9-0'])).toEqual(new Set(['1-0']));
  });

  it('and is read again is done where the restore brings it again: after the first id, up to and with the last', async () => {
    restore({ from: '1-0', to: '2-0' });
    expect(await doneBefore.amongRead(['1-0', '2-0', '3-0', '9-0'])).toEqual(new Set(['2-0']));
  });

  it('and is read again for another reason is to run', async () => {
    restore();
    expect(await doneBefore.amongRead(['1-0', '2-0'])).toEqual(new Set());
  });

  it('is to run where the group was not restored since', async () => {
    expect(await doneBefore.amongPending(['1-0'])).toEqual(new Set());
    expect(broker.calls('readLife')).toHaveLength(1);
  });

  it('is to run where the life is another: somebody moved the group back, or created it anew', async () => {
    const { marks } = broker.stream('orders');
    marks.set('workers', { ...marks.get('workers')!, life: { id: 'another', restores: 7 } });
    expect(await doneBefore.amongPending(['1-0'])).toEqual(new Set());
  });

  it('is to run where nobody can tell', async () => {
    restore();
    broker.fail('readLife', { kind: 'disconnected' });
    expect(await doneBefore.amongPending(['1-0'])).toEqual(new Set());
    broker.stream('orders').marksFailure = failure({ kind: 'wrong-type' });
    expect(await doneBefore.amongPending(['1-0'])).toEqual(new Set());
    broker.stream('orders').marksFailure = undefined;
    broker.stream('orders').marks.clear();
    expect(await doneBefore.amongPending(['1-0'])).toEqual(new Set());
  });

  it('teaches the process the life that another has restored', async () => {
    const restored = restore();
    await doneBefore.amongPending(['1-0']);
    expect(life.current).toEqual(restored);
  });
});

it('what it acked in the present life, or in one that is not known, is to run', async () => {
  const restored = restore();
  acked.add('1-0', restored);
  acked.add('2-0', undefined);
  expect(await doneBefore.amongPending(['1-0', '2-0'])).toEqual(new Set());
});
