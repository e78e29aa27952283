import { describe, expect, it } from 'vitest';
import { subscriptionOptions } from '../../../../../test/support/engine.js';
import type { Log } from '../../model/log.js';
import type { EnsureGroupReply } from '../../model/ports/group.js';
import { type EngineEvent, EngineEvents } from '../events.js';
import { subscriptionLog } from './subscription-log.js';

/** What is logged of an event: level and text. */
function linesOf(event: EngineEvent): string[][] {
  const lines: string[][] = [];
  const note = (level: keyof Log) => (message: string) => void lines.push([level, message]);
  const log = { debug: note('debug'), log: note('log'), warn: note('warn'), error: note('error') };
  new EngineEvents(subscriptionOptions(), [subscriptionLog(log)]).emit(event);
  return lines;
}

const REPLY: EnsureGroupReply = {
  ...{ outcome: 'created', at: '0-0', lastDelivered: '', length: 7, putBack: 0 },
  ...{ life: undefined, marksFailure: undefined, serverNow: 0, pause: undefined },
};

function restored(reply: Partial<EnsureGroupReply>): string[][] {
  return linesOf({ type: 'groupRestored', reply: { ...REPLY, outcome: 'restored', at: '5-0', ...reply } });
}

describe('the log of a subscription', () => {
  it('tells when consuming is interrupted, why, and when it goes on', () => {
    expect(linesOf({ type: 'loopInterrupted', reason: 'READONLY' })).toEqual([
      ['warn', 'orders (workers): consuming is interrupted, trying on: READONLY'],
    ]);
    expect(linesOf({ type: 'loopStillInterrupted', reason: 'NOAUTH' })).toEqual([
      ['warn', 'orders (workers): still interrupted: NOAUTH'],
    ]);
    expect(linesOf({ type: 'loopResumed', afterMs: 250 })).toEqual([
      ['log', 'orders (workers): consuming again after 250 ms.'],
    ]);
  });

  it('tells that results cannot be settled', () => {
    expect(linesOf({ type: 'settlementDelayed', entries: 3, reason: 'Connection is closed.' })).toEqual([
      ['warn', 'orders (workers): cannot settle 3 entries yet, trying on: Connection is closed.'],
    ]);
  });

  it('tells what is ahead of a group that was created', () => {
    for (const [at, ahead] of [
      ['0-0', '7 entries to process'],
      ['$', 'only new entries'],
      ['5-0', 'entries after 5-0'],
    ]) {
      expect(linesOf({ type: 'groupCreated', reply: { ...REPLY, at: at! } })).toEqual([
        ['log', `orders: created the group 'workers' with ${ahead}.`],
      ]);
    }
  });

  it('reports a group that had vanished, and what runs again for it', () => {
    const text = "orders: the group 'workers' had vanished. Created it again after entry 5-0";
    expect(restored({})).toEqual([['error', `${text}.`]]);
    expect(restored({ lastDelivered: '5-0' })).toEqual([['error', `${text}.`]]);
    expect(restored({ lastDelivered: '9-0', putBack: 2 })).toEqual([
      ['error', `${text}, with 2 pending ones put back to their owners; those up to 9-0 that were done run again.`],
    ]);
  });

  it('tells what was handed back unstarted', () => {
    expect(linesOf({ type: 'unstartedHandedBack', count: 4 })).toEqual([
      ['log', 'orders (workers): handed back 4 entries that were not started.'],
    ]);
  });

  it('reports marks that cannot be kept with what to do, and tells when they are again', () => {
    expect(linesOf({ type: 'marksFailed', reason: 'WRONGTYPE', remedy: 'delete the key' })).toEqual([
      [
        'error',
        'orders (workers): WRONGTYPE: delete the key. Until then the history is not trimmed, and a group that vanishes ' +
          'cannot be restored where it was.',
      ],
    ]);
    expect(linesOf({ type: 'marksRecovered', marksKey: '{orders}:marks' })).toEqual([
      ['log', "orders (workers): the marks in '{orders}:marks' are kept again."],
    ]);
  });

  it('mentions each dead consumer that was removed', () => {
    expect(linesOf({ type: 'consumersRemoved', names: ['a', 'b'] })).toEqual([
      ['debug', "orders (workers): removed the dead consumer 'a', which owned nothing."],
      ['debug', "orders (workers): removed the dead consumer 'b', which owned nothing."],
    ]);
  });
});
