import { expect, it } from 'vitest';
import { EventRecord, isSettled, pass, subscriptionOptions, useFakeTime } from '../../../../../test/support/engine.js';
import type { GroupPause } from '../../model/groups/group-pause.js';
import { EngineEvents } from '../events.js';
import { Pause } from './pause.js';

useFakeTime();

const NOW = 1_700_000_000_000;
const BY_OPS: GroupPause = { reason: undefined, by: 'ops', since: new Date(NOW), until: undefined };

function aPause() {
  const record = new EventRecord();
  const pause = new Pause(new EngineEvents(subscriptionOptions(), [record.observer]));
  let wakes = 0;
  pause.whenUnsure(() => wakes++);
  const learn = (told?: GroupPause) => pause.ask()({ serverNow: NOW, pause: told });
  return { pause, record, learn, wakes: () => wakes };
}

it('before Redis has told anything nothing may be started', () => {
  const { pause, learn } = aPause();
  expect(pause).toMatchObject({ isOpen: false, isPaused: false });
  learn();
  expect(pause).toMatchObject({ isOpen: true, isPaused: false });
});

it('an answer that knows nothing of the latest news leaves the doubt', () => {
  const { pause } = aPause();
  const note = pause.ask();
  pause.doubt();
  note({ serverNow: NOW });
  expect(pause.isOpen).toBe(false);
  pause.ask()({ serverNow: NOW });
  expect(pause.isOpen).toBe(true);
});

it('each pause, and each change of it, is told once, and its end', () => {
  const { learn, record } = aPause();
  learn();
  learn(BY_OPS);
  learn({ ...BY_OPS });
  learn({ ...BY_OPS, reason: 'a rebuild' });
  learn();
  learn();
  expect(record.types).toEqual(['paused', 'paused', 'resumed']);
});

it('what is overheard of another pause is a reason to ask, and nothing else', () => {
  const { pause, learn, record, wakes } = aPause();
  const overhear = (told?: GroupPause) => pause.overhear()({ serverNow: NOW, pause: told });
  overhear();
  expect(pause.isOpen).toBe(true);
  overhear(BY_OPS);
  expect(pause).toMatchObject({ isUnsure: true, current: undefined });
  expect(wakes()).toBe(1);
  learn(BY_OPS);
  overhear({ ...BY_OPS, reason: 'a rebuild' });
  expect(pause).toMatchObject({ isPaused: true, current: { reason: 'a rebuild' } });
  // Resumed and paused once more, nobody has heard of it.
  overhear({ ...BY_OPS, since: new Date(NOW + 1) });
  expect(pause.isUnsure).toBe(true);
  learn(BY_OPS);
  overhear();
  expect(pause.isOpen).toBe(true);
  expect(record.types).toEqual(['paused', 'paused', 'paused', 'resumed']);
});

it('it may be over at its end, by the clock of the server, when somebody says so, and after a while in any case', async () => {
  const { pause, learn } = aPause();
  learn({ ...BY_OPS, until: new Date(NOW + 3_000) });
  const atItsEnd = pause.mayBeOver(60_000);
  await pass(2_999);
  expect(await isSettled(atItsEnd)).toBe(false);
  await pass(50);
  expect(await isSettled(atItsEnd)).toBe(true);
  expect(pause).toMatchObject({ isOpen: false, isPaused: false });

  learn(BY_OPS);
  const untilTold = pause.mayBeOver(60_000);
  pause.doubt();
  expect(await isSettled(untilTold)).toBe(true);

  learn(BY_OPS);
  const forAWhile = pause.mayBeOver(1_000);
  await pass(1_000);
  expect(await isSettled(forAWhile)).toBe(true);
});
