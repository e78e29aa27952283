import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { consumerName } from '../../../wire/consumer-name.js';
import { CONSUMER_LEASE } from '../workers/consumer-lease.js';
import { SERVER_NOW } from '../fragments/server-now.js';
import { TABLES } from '../fragments/tables.js';
import { GROUP_MARK } from './group-mark.js';
import { OTHER_GROUPS } from './other-groups.js';

const HOUR = 3_600_000;
const redis = new Redis(process.env.REDIS_URL!);
afterAll(() => redis.disconnect());

/** Looks at another group that was last looked at so many milliseconds ago, and tells for how long it has been so. */
const look = script(`${SERVER_NOW} ${TABLES} ${CONSUMER_LEASE} ${GROUP_MARK} ${OTHER_GROUPS}
local mark = { time = now - tonumber(ARGV[1]), watch = { other = { state = 's', ms = 1000, time = 7 } } }
local hasBeen = watch(mark, { other = '0-0 0-0 0 ' .. ARGV[2] .. ' ' }, ARGV[3] == 'stable')
local isSo = hasBeen(ARGV[4], 'other', tonumber(ARGV[5]))
return { isSo and 1 or 0, mark.watch['other'].ms, mark.watch['other'].state }`);

it.each([
  ['time goes on', [500, 7, 'stable', 's', 10_000], [0, 1_500, 's']],
  ['it is so once the time is up', [500, 7, 'stable', 's', 1_000], [1, 1_250, 's']],
  ['one look is never enough', [20_000, 7, 'stable', 's', 10_000], [0, 3_500, 's']],
  ['a look counts for an hour at most', [90 * HOUR, 7, 'stable', 's', 24 * HOUR], [0, 1_000 + HOUR, 's']],
  ['a clock that was set back counts nothing', [-500, 7, 'stable', 's', 10_000], [0, 1_000, 's']],
  ['silence does not count while the link is unstable', [500, 7, 'unstable', 's', 10_000], [0, 1_000, 's']],
  ['a group that wrote its mark begins anew', [500, 8, 'stable', 's', 10_000], [0, 0, 's']],
  ['another state begins anew', [500, 7, 'stable', 'm', 10_000], [0, 0, 'm']],
] as [string, (string | number)[], unknown[]][])(
  'of the time that another group is seen so: %s',
  async (_, args, expected) => {
    expect(await runScript(redis, look, [], args)).toEqual(expected);
  },
);

/** Consumers as XINFO shows them. */
const silent = script(`${CONSUMER_LEASE} ${SERVER_NOW}
local function consumersOf() return cjson.decode(ARGV[2]) end
${GROUP_MARK} ${OTHER_GROUPS}
return isSilent('stream', 'group', tonumber(ARGV[1])) and 1 or 0`);

it.each([
  ['a worker with a task, after three leases', consumerName(1_000, 'a'), 1, 3_000, 1],
  ['no worker with a task before that', consumerName(1_000, 'a'), 1, 2_999, 0],
  ['a worker without a task, after the longest read', consumerName(1_000, 'a'), 0, 65_000, 1],
  ['no worker without a task before that', consumerName(1_000, 'a'), 0, 64_999, 0],
  ['a worker without a task whose lease is longer, after three leases', consumerName(30_000, 'a'), 0, 90_000, 1],
  ['one that is not ours, after the time given', 'python', 1, 5_000, 1],
  ['not one that is not ours before that', 'python', 1, 4_999, 0],
  ['not one whose name only looks like ours before that', 'python@5ms', 1, 4_999, 0],
  ['the schedule of retries, which never speaks', 'retry-scheduled', 1, 0, 1],
])('silent is %s', async (_, name, pending, idle, expected) => {
  const silentOne = { name: 'silent', pending: 0, idle: 1e9 };
  const args = [5_000, JSON.stringify([silentOne, { name, pending, idle }, silentOne])];
  expect(await runScript(redis, silent, [], args)).toBe(expected);
});
