import { expect, it } from 'vitest';
import { Keys } from './keys.js';
import { assertStreamName } from '../wire/stream-name.js';

it.each(['ai:inference:queue', 'ai:{tenant-7}:queue', 'a', 'ключ'])('takes %j', (name) => {
  expect(() => assertStreamName(name)).not.toThrow();
});

it.each([
  undefined,
  7,
  '',
  'x'.repeat(513),
  'a{',
  '}a{',
  '{}',
  '{a}{b}',
  '{a}',
  'a:dead',
  'a:retry',
  'a:marks',
  '\ud800',
])('refuses %j', (name) => {
  expect(() => assertStreamName(name)).toThrow(expect.objectContaining({ name: 'RedisStreamsConfigError' }));
});

it('puts a stream’s own keys into its cluster slot, with group names encoded', () => {
  const keys = new Keys('app:');
  expect(keys.ofGroup('ai:queue', 'a:{b}')).toEqual({
    stream: 'app:ai:queue',
    dead: '{app:ai:queue}:dead',
    heldKeys: '{app:ai:queue}:key:',
    neverThere: '{app:ai:queue}:task:',
    retry: '{app:ai:queue}:a%3A%7Bb%7D:retry',
    marks: '{app:ai:queue}:marks',
    removed: '{app:ai:queue}:marks:removed',
    delayed: '{app:ai:queue}:delayed',
    cancels: '{app:ai:queue}:a%3A%7Bb%7D:cancels',
    owed: '{app:ai:queue}:a%3A%7Bb%7D:owed',
    next: '{app:ai:queue}:a%3A%7Bb%7D:next',
    lives: '{app:ai:queue}:a%3A%7Bb%7D:lives',
    replays: '{app:ai:queue}:a%3A%7Bb%7D:replays',
    workers: '{app:ai:queue}:a%3A%7Bb%7D:workers',
    pause: '{app:ai:queue}:a%3A%7Bb%7D:pause',
    bells: 'app:nrs:bell:',
    place: 'a%3A%7Bb%7D app:ai:queue',
    tasks: expect.anything(),
  });
  expect(keys.ofTask('ai:queue', 'a:{b}', '1-0')).toEqual({
    record: '{app:ai:queue}:a%3A%7Bb%7D:task:1-0',
    output: '{app:ai:queue}:a%3A%7Bb%7D:out:1-0',
    ears: '{app:ai:queue}:a%3A%7Bb%7D:ears:1-0',
  });
  expect(keys.dead('ai:{t}:queue')).toBe('app:ai:{t}:queue:dead');
});
