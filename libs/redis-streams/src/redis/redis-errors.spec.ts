import { expect, it } from 'vitest';
import { describeRedisError } from './redis-errors.js';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';

it.each([
  ['a command alone', WRONG_TYPE],
  ['a script on Redis 6.0', `ERR Error running script (call to f_${'0a'.repeat(20)}): @user_script:31: ${WRONG_TYPE}`],
  ['a script on Redis 7 and 8', `${WRONG_TYPE} script: ${'0a'.repeat(20)}, on @user_script:31.`],
  ['a script on Valkey 9', `${WRONG_TYPE} script: on @user_script:31.`],
])('an error of %s is described alike', (_name, message) => {
  expect(describeRedisError(new Error(message))).toBe(WRONG_TYPE);
});
