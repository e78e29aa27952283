import { expect, it } from 'vitest';
import { RedisFailure } from '../../../model/ports/redis-failure.js';
import { Gathered } from './gathered.js';

const refusal = () => new RedisFailure('WRONGTYPE', { kind: 'wrong-type', remedy: '', isRefusal: false });

const pass = () => new Promise((resolve) => setImmediate(resolve));

/** Answers a number with its double, each script when it is told to. */
function doubling(most: number, fail: (numbers: readonly number[]) => Error | undefined = () => undefined) {
  const scripts: number[][] = [];
  const going: (() => void)[] = [];
  let idle = 0;
  const send = async (numbers: readonly number[]) => {
    scripts.push([...numbers]);
    await new Promise<void>((resolve) => going.push(resolve));
    const error = fail(numbers);
    if (error) throw error;
    return numbers.map((n) => 2 * n);
  };
  const gathered = new Gathered<number, number>(most, send, () => idle++);
  const answer = async () => {
    await pass();
    for (const go of going.splice(0)) go();
    await pass();
  };
  return { gathered, scripts, answer, idle: () => idle };
}

it('questions of one event, microtasks included, are one script', async () => {
  const { gathered, scripts, answer, idle } = doubling(10);
  const answers = Promise.all([1, 2, Promise.resolve(3)].map(async (n) => gathered.ask(await n)));
  await answer();
  expect(await answers).toEqual([2, 4, 6]);
  expect(scripts).toEqual([[1, 2, 3]]);
  expect(idle()).toBe(1);
});

it('what comes while one is under way goes with the next, and not too much at once', async () => {
  const { gathered, scripts, answer } = doubling(2);
  const answers = [gathered.ask(1)];
  await pass();
  answers.push(...[2, 3, 4].map((n) => gathered.ask(n)));
  for (let script = 0; script < 3; script++) await answer();
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8]);
  expect(scripts).toEqual([[1], [2, 3], [4]]);
});

it('what Redis refuses of one question fails no other', async () => {
  const { gathered, scripts, answer } = doubling(10, (numbers) => (numbers.includes(2) ? refusal() : undefined));
  const answers = Promise.allSettled([1, 2, 3].map((n) => gathered.ask(n)));
  for (let round = 0; round < 2; round++) await answer();
  expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(scripts).toEqual([[1, 2, 3], [1], [2], [3]]);
});

it('where Redis does not answer all are told, and the next are asked', async () => {
  let isAway = true;
  const { gathered, scripts, answer } = doubling(10, () => (isAway ? new Error('away') : undefined));
  const answers = Promise.allSettled([1, 2].map((n) => gathered.ask(n)));
  await answer();
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isAway = false;
  const next = gathered.ask(3);
  await answer();
  expect(await next).toBe(6);
  expect(scripts).toEqual([[1, 2], [3]]);
});
