import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { consumerName } from '../../../wire/consumer-name.js';
import { CONSUMER_LEASE } from './consumer-lease.js';

const redis = new Redis(process.env.REDIS_URL!);
afterAll(() => redis.disconnect());

const leaseOf = script(
  `${CONSUMER_LEASE} local lease = leaseOf(ARGV[1]) return lease and string.format('%.0f', lease)`,
);

it.each([
  [consumerName(30_000, 'gpu-7:4121:k3x9qa'), '30000'],
  ['a@5ms@200ms', '200'],
  [`a@${Number.MAX_SAFE_INTEGER}ms`, String(Number.MAX_SAFE_INTEGER)],
  // Not ours.
  ['a@199ms', null],
  ['a@0ms', null],
  ['a@9007199254740993000ms', null],
  ['a@-200ms', null],
  ['a@200.5ms', null],
  ['a@200', null],
  ['a200ms', null],
  ['a@200ms ', null],
  ['', null],
])("the lease in the name '%s' is %s", async (name, expected) => {
  expect(await runScript(redis, leaseOf, [], [name])).toBe(expected);
});
