import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../../test/support/eventually.js';
import { ownRedis } from '../../../../../test/support/own-redis.js';
import { redisCli } from '../../../../../test/support/redis-cli.js';
import { groupForSpecs, ME } from '../../../../../test/support/group-for-specs.js';
import type { TaskNote } from '../../model/ports/settlement.js';
import { Connections } from '../connections/connections.js';
import { Keys } from '../keys.js';
import { GroupCommands } from './group-commands.js';

const { redis, keys, group } = groupForSpecs('ack-results');

/** Entries that this consumer has read. */
async function read(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push((await redis.xadd(keys.stream, '*', 'n', n))!);
  await redis.xreadgroup('GROUP', 'g', ME, 'STREAMS', keys.stream, '>');
  return ids;
}

function resultsOf(ids: readonly string[], ...results: readonly (string | undefined)[]) {
  const notes = results.map((result): TaskNote => ({
    state: 'completed',
    fields: result === undefined ? [] : ['result', result],
    ttlMs: 60_000,
  }));
  return {
    acks: ids.map((entryId, n) => ({ entryId, deliveryCount: 1, note: notes[n]! })),
    retries: [],
    deadLetters: [],
  };
}

const record = (id: string) => redis.hgetall(group.taskKeys(id).record);

it('each is kept and acked that this consumer still owns, whatever became of the others', async () => {
  const ids = await read(5);
  const [taken, again, parked, , good] = ids as [string, string, string, string, string];
  await redis.xclaim(keys.stream, 'g', 'another', 0, taken);
  await redis.xclaim(keys.stream, 'g', ME, 0, again);
  await redis.xclaim(keys.stream, 'g', 'retry-scheduled', 0, parked);
  const reply = await group.settle(resultsOf(ids, '1', '2', '3', undefined, '{"a b":"c"}'));
  expect(reply).toEqual({
    lost: new Map([
      [taken, 'another'],
      [again, 'another'],
      [parked, 'retry'],
    ]),
    failed: new Map(),
    cancelled: new Set(),
    unkept: '',
    wasResent: false,
  });
  const ended = { state: 'completed', at: expect.stringMatching(/^\d{13}$/) };
  expect(await Promise.all(ids.map(record))).toEqual([{}, {}, {}, ended, { ...ended, result: '{"a b":"c"}' }]);
  expect(await redis.pttl(group.taskKeys(good).record)).toBeGreaterThan(50_000);
  expect((await redis.xpending(keys.stream, 'g'))[0]).toBe(3);
});

it('nothing is kept where nothing is owned any more', async () => {
  const ids = await read(1);
  await redis.xack(keys.stream, 'g', ids[0]!);
  expect((await group.settle(resultsOf(ids, '1'))).lost).toEqual(new Map([[ids[0], 'nobody']]));
  expect(await record(ids[0]!)).toEqual({});
});

it('only who listens to one of them is rung, and who asked to cancel one that succeeded is forgotten', async () => {
  const ids = await read(3);
  const [, heard, marked] = ids as [string, string, string];
  const { ears } = group.taskKeys(heard);
  await redis.zadd(ears, Date.now() + 100_000, 'listener');
  await redis.hset(keys.cancels, marked, '1:why', '9-9', '1:another');
  const rings: string[] = [];
  const subscriber = redisCli();
  subscriber.on('message', (channel: string, message: string) => rings.push(`${channel} ${message}`));
  await subscriber.subscribe(`${keys.bells}listener`);
  await group.settle(resultsOf(ids, '1', '2', '3'));
  await eventually(() => rings.length > 0);
  expect(rings).toEqual([`nrs:bell:listener news ${heard} ${keys.place}`]);
  expect(await redis.exists(ears)).toBe(0);
  expect(await redis.hgetall(keys.cancels)).toEqual({ '9-9': '1:another' });
});

it('processes that entries name are rung once each for all that they wait for', async () => {
  const ids = await read(3);
  const command = resultsOf(ids, '1', '2', '3');
  const waiters = ['here:1:0123abcd', 'there:2:0123abcd', 'here:1:0123abcd'];
  const acks = command.acks.map((each, n) => ({ ...each, note: { ...each.note, waiter: waiters[n] } }));
  const rings: string[] = [];
  const subscriber = redisCli();
  subscriber.on('message', (channel: string, message: string) => rings.push(`${channel} ${message}`));
  await subscriber.subscribe(keys.bells + waiters[0], keys.bells + waiters[1]);
  await group.settle({ ...command, acks });
  await eventually(() => rings.length > 1);
  expect(rings.toSorted()).toEqual([
    `nrs:bell:here:1:0123abcd ended ${ids[0]},${ids[2]} ${keys.place}`,
    `nrs:bell:there:2:0123abcd ended ${ids[1]} ${keys.place}`,
  ]);
});

it('what Redis refuses to keep is told, and holds no ack up', async () => {
  const { url } = await ownRedis('--appendonly', 'no');
  const cli = redisCli(url);
  await cli.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  await cli.call('ACL', 'SETUSER', 'worker', 'on', '>secret', '~*', '+@all', '-hset');
  const ids = [(await cli.xadd('s', '*', 'n', '1'))!, (await cli.xadd('s', '*', 'n', '2'))!];
  await cli.xreadgroup('GROUP', 'g', ME, 'STREAMS', 's', '>');
  const connections = new Connections({ connection: url.replace('//', '//worker:secret@') }, 'spec');
  onTestFinished(() => connections.close());
  const own = new GroupCommands(connections.control(), new Keys(''), { stream: 's', group: 'g', consumer: ME });
  const { lost, unkept } = await own.settle(resultsOf(ids, '1', '2'));
  expect(lost.size).toBe(0);
  expect(unkept).toMatch(/this command|permissions/);
  expect((await cli.xpending('s', 'g'))[0]).toBe(0);
});
