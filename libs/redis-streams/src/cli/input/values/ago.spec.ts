import { expect, it } from 'vitest';
import type { Session } from '../../session.js';
import { Ago, withTimes } from './ago.js';
import { parseMoment } from './durations.js';

it('how long ago something was goes by Redis’s clock, which is asked only for that', async () => {
  let asked = 0;
  const overview = async () => {
    asked++;
    return { at: new Date(10_000_000) };
  };
  const session = { streams: async () => ({ monitor: { overview } }) } as unknown as Session;
  const from = parseMoment('1000s');
  expect(from).toEqual(new Ago(1_000_000));
  const others = { to: parseMoment('1-2'), at: parseMoment('1970-01-01T00:00:01Z'), limit: 3 };
  expect(await withTimes(session, others, 'tasks')).toBe(others);
  expect(asked).toBe(0);
  expect(await withTimes(session, { ...others, from }, 'tasks')).toEqual({ ...others, from: new Date(9_000_000) });
  expect(asked).toBe(1);
});
