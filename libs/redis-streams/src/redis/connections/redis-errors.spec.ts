import { expect, it } from 'vitest';
import { ReplyError } from 'ioredis';
import { classifyRedisError, describeRedisError, isPermissionError, redisErrorClause } from './redis-errors.js';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';

it.each([
  ['a command alone', WRONG_TYPE],
  ['a script on Redis 6.0', `ERR Error running script (call to f_${'0a'.repeat(20)}): @user_script:31: ${WRONG_TYPE}`],
  ['a script on Redis 7 and 8', `${WRONG_TYPE} script: ${'0a'.repeat(20)}, on @user_script:31.`],
  ['a script on Valkey 9', `${WRONG_TYPE} script: on @user_script:31.`],
])('an error of %s is described alike', (_name, message) => {
  expect(describeRedisError(new Error(message))).toBe(WRONG_TYPE);
});

it('an error goes on in a sentence of ours without its full stop', () => {
  const silence = "Socket timeout. Expecting data, but didn't receive any in 2500ms.";
  expect(redisErrorClause(new Error(silence))).toBe(silence.slice(0, -1));
});

it('an error of a script that is told with an introduction keeps what comes after it', () => {
  const message = `ERR ACL failure in script: User default has no permissions to run the 'xack' command script: ${'0a'.repeat(20)}, on @user_script:31.`;
  expect(describeRedisError(new Error(message))).toMatch(/ to run the 'xack' command$/);
});

it.each([
  ['MOVED 4711 127.0.0.1:7002', 'elsewhere'],
  ['ASK 4711 127.0.0.1:7002', 'elsewhere'],
  ['CLUSTERDOWN Hash slot not served', 'elsewhere'],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'elsewhere'],
  ['LOADING Redis is loading the dataset in memory', 'elsewhere'],
  ["READONLY You can't write against a read only replica.", 'read-only'],
  ['UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)', 'group-missing'],
  ["NOGROUP No such key 'q' or consumer group 'workers' in XREADGROUP with GROUP option", 'group-missing'],
  ['ERR no such key', 'group-missing'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'wrong-type'],
  ["NOPERM this user has no permissions to run the 'xack' command", 'forbidden'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'refused'],
])('the answer "%s" means %s', (message, failure) => {
  expect(classifyRedisError(new ReplyError(message))).toBe(failure);
});

it.each([
  ["NOPERM this user has no permissions to run the 'client|unblock' command", true],
  ["ERR unknown command 'CLIENT'", true],
  ["ERR ACL failure in script: User default has no permissions to run the 'xack' command", true],
  ["The user executing the script can't run this command or subcommand", true],
  ['BUSY Redis is busy running a script.', false],
  ['LOADING Redis is loading the dataset in memory', false],
])('the answer "%s" forbids the command for good: %s', (message, forbids) => {
  expect(isPermissionError(new ReplyError(message))).toBe(forbids);
});
