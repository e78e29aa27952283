import { expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { KnownLife } from './known-life.js';

useFakeTime();

const FIRST = { id: 'a', restores: 0 };
const SECOND = { id: 'a', restores: 1 };

/** The first life is learnt at 10, the second at 20 ms. */
async function afterTwoLives(): Promise<KnownLife> {
  const life = new KnownLife();
  await pass(10);
  life.learn(FIRST);
  await pass(10);
  life.learn({ ...SECOND });
  return life;
}

it('before anything is known nothing has changed', () => {
  const life = new KnownLife();
  expect(life.current).toBeUndefined();
  expect(life.hasChangedSince(0)).toBe(false);
  expect(life.at(0)).toBeUndefined();
});

it('the first life that is learnt is no change of another', async () => {
  const life = new KnownLife();
  await pass(10);
  life.learn(FIRST);
  expect(life.current).toEqual(FIRST);
  expect(life.hasChangedSince(5)).toBe(false);
});

it('another life has changed what was known before it, and nothing after it', async () => {
  const life = await afterTwoLives();
  expect(life.current).toEqual(SECOND);
  expect(life.hasChangedSince(19)).toBe(true);
  expect(life.hasChangedSince(20)).toBe(false);
  expect(life.at(19)).toEqual(FIRST);
  expect(life.at(20)).toEqual(SECOND);
});

it('a life that begins anew is another, too', async () => {
  const life = await afterTwoLives();
  await pass(10);
  life.learn({ id: 'b', restores: 1 });
  expect(life.hasChangedSince(25)).toBe(true);
});

it('the same life, heard of again, changes nothing', async () => {
  const life = await afterTwoLives();
  await pass(10);
  life.learn({ ...SECOND });
  expect(life.hasChangedSince(25)).toBe(false);
  expect(life.at(15)).toEqual(FIRST);
});
