import { expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '../../../../../test/support/eventually.js';
import { ownRedis } from '../../../../../test/support/own-redis.js';
import { redisCli } from '../../../../../test/support/redis-cli.js';
import type { Ring } from '../../model/ports/tasks/doorbell.js';
import { uniqueStream } from '../../../../../test/support/streams.js';
import { RetryDelay } from '../../timing/retry-delay.js';
import { uniqueProcessName } from '../../wire/consumer-name.js';
import { Connections } from '../connections/connections.js';
import { Keys } from '../keys.js';
import { RedisDoorbell } from './redis-doorbell.js';

const keys = new Keys('');

function doorbellAt(connection = process.env.REDIS_URL!) {
  const address = uniqueProcessName();
  const connections = new Connections({ connection }, address);
  onTestFinished(() => connections.close());
  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  const debugged: string[] = [];
  const log = { debug: (line: string) => void debugged.push(line), log: keep, warn: keep, error: keep };
  const doorbell = new RedisDoorbell({ connections, keys, log }, address);
  const told = { rings: [] as Ring[], delayed: [] as [string, number][], hears: 0 };
  doorbell.listen({
    ring: (ring) => void told.rings.push(ring),
    delayed: (...at) => void told.delayed.push(at),
    hears: () => void told.hears++,
  });
  return { doorbell, connections, told, lines, debugged, channel: keys.bells + address };
}

it('tells all who listen what is rung for this process, whatever else comes, and though one of them fails', async () => {
  const { doorbell, told, lines, channel } = doorbellAt();
  const end = doorbell.listen({
    ring: () => {
      throw new Error('not now');
    },
  });
  await Promise.all([doorbell.open(), doorbell.open()]);
  expect(doorbell.hears).toBe(true);
  expect(told.hears).toBe(1);
  const cli = redisCli();
  await cli.publish(channel, 'garbage');
  expect(await cli.publish(channel, 'cancel 5-0 workers ai:queue')).toBe(1);
  await eventually(() => told.rings.length === 1);
  expect(told.rings).toEqual([{ kind: 'cancel', stream: 'ai:queue', group: 'workers', id: '5-0' }]);
  end();
  await cli.publish(channel, 'news 6-0 workers ai:queue');
  await eventually(() => told.rings.length === 2);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/listener.*not now/);
});

it('tells of the delayed tasks of the streams that it is to follow, also when it has been told later', async () => {
  const { doorbell, told } = doorbellAt();
  const [one, other] = [uniqueStream(), uniqueStream()];
  await doorbell.open();
  await doorbell.open([one]);
  await doorbell.open([one, other]);
  const cli = redisCli();
  for (const stream of [one, other]) await eventually(() => cli.publish(keys.delayedBell(stream), '5'));
  for (const garbage of ['', '-1', 'x', '1e99', '99999999999']) await cli.publish(keys.delayedBell(one), garbage);
  await cli.publish(keys.delayedBell(other), '7');
  await eventually(() => told.delayed.length === 3);
  expect(told.delayed).toEqual([
    [one, 5],
    [other, 5],
    [other, 7],
  ]);
});

it('hears again after each loss, and says so', async () => {
  const redis = await ownRedis();
  const { doorbell, told, lines, debugged, channel } = doorbellAt(redis.url);
  const attempts = vi.spyOn(RetryDelay.prototype, 'wait');
  await doorbell.open();
  await redisCli(redis.url).call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await eventually(() => told.hears === 2);
  await redis.kill();
  await eventually(() => !doorbell.hears);
  const before = attempts.mock.calls.length;
  await eventually(() => attempts.mock.calls.length > before + 2);
  await redis.restart();
  await eventually(() => told.hears === 3);
  await redisCli(redis.url).publish(channel, 'news 5-0 workers q');
  await eventually(() => told.rings.length === 1);
  expect(lines).toEqual([]);
  // However often it has tried.
  const [lost, found] = [/is not connected: .*[^.]\. It tries on\.$/, /hears again after \d+ ms/];
  expect(debugged).toEqual([lost, found, lost, found].map((line) => expect.stringMatching(line)));
});

it('where Redis is away, opening it takes a moment, and it hears as soon as Redis is there', async () => {
  const redis = await ownRedis();
  await redis.kill();
  const { doorbell, told } = doorbellAt(redis.url);
  await doorbell.open();
  expect(doorbell.hears).toBe(false);
  await redis.restart();
  await eventually(() => told.hears === 1);
});

it('a user who may not subscribe is told once which rights are missing', async () => {
  const redis = await ownRedis();
  await redisCli(redis.url).call('ACL', 'SETUSER', 'u', 'on', '>p', '~*', '+@all', '-subscribe');
  const { doorbell, lines } = doorbellAt(redis.url.replace('//', '//u:p@'));
  await doorbell.open();
  expect(doorbell.hears).toBe(false);
  await eventually(() => lines.length === 1);
  expect(lines[0]).toMatch(/NOPERM.*\+subscribe, \+publish.*&nrs:bell:\*/);
});

it('closed with the connections it opens no other', async () => {
  const { doorbell, connections, channel } = doorbellAt();
  await doorbell.open();
  connections.close();
  await eventually(async () => (await redisCli().publish(channel, '')) === 0);
  expect(doorbell.hears).toBe(false);
  await doorbell.open();
});
