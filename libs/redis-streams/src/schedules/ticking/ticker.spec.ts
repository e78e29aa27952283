import { expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import type { ScheduleStore } from '../../model/ports/tasks/schedule-store.js';
import { writeSpec } from '../stored-spec.js';
import { Ticker } from './ticker.js';

useFakeTime();

const YEAR_MS = 366 * 86_400_000;
const NOBODY = { warn() {}, error() {} };

/** Knows streams with a schedule each, which was made at run time and whose last tick is of now. */
function storeWith(...streams: string[]) {
  let aheadMs = 0;
  const learned: string[] = [];
  const now = () => Date.now() + aheadMs;
  const spec = writeSpec({ when: { everyMs: YEAR_MS }, options: {}, fields: ['n', '1'] });
  const store = {
    changes: async () => ({ serverNow: now(), streams: new Map(streams.map((stream) => [stream, 'as ever'])) }),
    learn: async (stream: string) => {
      learned.push(stream);
      return { serverNow: now(), schedules: [{ name: 'pulse', spec, lastTickAt: now() }] };
    },
  } as unknown as ScheduleStore;
  return { store, learned, setClock: (ms: number) => (aheadMs = ms) };
}

it('all schedules are learned again when the clock was set back, whichever question tells of it first', async () => {
  const { store, learned, setClock } = storeWith('a', 'b');
  const ticker = new Ticker({ store, log: NOBODY });
  setClock(YEAR_MS);
  ticker.start();
  await pass(1_000);
  expect(learned.splice(0)).toEqual(['a', 'b']);

  setClock(0);
  // This process changes one of them before it looks for changes of others.
  ticker.changed('a');
  await pass(20_000);
  expect(learned).toEqual(['a', 'b']);
  await pass(60_000);
  expect(learned).toHaveLength(2);
  await ticker.stop();
});
