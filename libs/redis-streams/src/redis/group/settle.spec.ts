import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../../test/support/eventually.js';
import { ownRedis } from '../../../../../test/support/own-redis.js';
import { redisCli } from '../../../../../test/support/redis-cli.js';
import { Connections } from '../connections/connections.js';
import { Keys } from '../keys.js';
import { GroupCommands } from './group-commands.js';
import type { TaskNote } from '../../model/ports/settlement.js';
import { RECORD_TTL_MS } from '../../wire/tasks/task-record.js';
import { groupForSpecs, ME } from '../../../../../test/support/group-for-specs.js';

const { redis, keys, group } = groupForSpecs('settle');

async function delivered(): Promise<string> {
  const id = (await redis.xadd(keys.stream, '*', 'n', '1'))!;
  await redis.xreadgroup('GROUP', 'g', ME, 'STREAMS', keys.stream, '>');
  const { record, output, ears } = group.taskKeys(id);
  await redis.del(record, output, ears);
  return id;
}

const completed: TaskNote = { state: 'completed', fields: ['result', '1'], ttlMs: 60_000 };
const ack = (entryId: string, note: TaskNote) =>
  group.settle({ acks: [{ entryId, deliveryCount: 1, note }], retries: [], deadLetters: [] });

describe('what is kept of a task', () => {
  it('goes after its time, and what is said meanwhile shortens no life', async () => {
    const id = await delivered();
    const { record } = group.taskKeys(id);
    const failed: TaskNote = { state: undefined, fields: ['error', 'x'], ttlMs: 50_000 };
    await redis.hset(record, 'progress', '1');
    await redis.pexpire(record, 500_000);
    const retry = { entryId: id, deliveryCount: 1, delayMs: 0, keepCount: 1, note: failed };
    await group.settle({ acks: [], retries: [retry], deadLetters: [] });
    expect(await redis.pttl(record)).toBeGreaterThan(400_000);
    await group.claimDue({ limit: 1, notThese: [], late: [] });
    await group.settle({ acks: [{ entryId: id, deliveryCount: 2, note: completed }], retries: [], deadLetters: [] });
    expect(await redis.pttl(record)).toBeLessThanOrEqual(60_000);
    expect(await redis.hgetall(record)).toEqual({
      progress: '1',
      result: '1',
      state: 'completed',
      at: expect.any(String),
    });
  });

  it('takes the place of a key of somebody else, which holds nothing up', async () => {
    const id = await delivered();
    const { record } = group.taskKeys(id);
    await redis.set(record, 'a text');
    expect((await ack(id, completed)).lost.size).toBe(0);
    expect(await redis.hget(record, 'result')).toBe('1');
  });

  it('nor do such keys hold up a later delivery, in the place of its output and of who listens, too', async () => {
    const id = await delivered();
    const { record, output, ears } = group.taskKeys(id);
    for (const key of [record, output, ears]) await redis.set(key, 'a text');
    const failed: TaskNote = { state: undefined, fields: ['error', 'x'], ttlMs: 50_000 };
    const retry = { entryId: id, deliveryCount: 1, delayMs: 0, keepCount: 2, note: failed };
    expect((await group.settle({ acks: [], retries: [retry], deadLetters: [] })).lost.size).toBe(0);
    await group.claimDue({ limit: 1, notThese: [], late: [] });
    await redis.set(record, 'a text');
    const note = { ...completed, outputTtlMs: 30_000 };
    await group.settle({ acks: [{ entryId: id, deliveryCount: 3, note }], retries: [], deadLetters: [] });
    expect(await redis.hget(record, 'result')).toBe('1');
    expect((await redis.xpending(keys.stream, 'g'))[0]).toBe(0);
  });

  it('that is cancelled as it failed is kept as long as that of any that was cancelled', async () => {
    const id = await delivered();
    const { record } = group.taskKeys(id);
    await redis.hset(keys.cancels, id, '1:why');
    const note: TaskNote = { state: undefined, fields: ['reason', 'failure', 'error', 'x'], ttlMs: 50_000 };
    const retry = { entryId: id, deliveryCount: 1, delayMs: 0, keepCount: 1, note };
    expect((await group.settle({ acks: [], retries: [retry], deadLetters: [] })).cancelled).toEqual(new Set([id]));
    expect(await redis.pttl(record)).toBeGreaterThan(RECORD_TTL_MS - 60_000);
  });

  it('is written though the memory is full', async () => {
    const { url } = await ownRedis('--appendonly', 'no');
    const cli = redisCli(url);
    const connections = new Connections({ connection: url }, 'spec');
    onTestFinished(() => connections.close());
    const own = new GroupCommands(connections.control(), new Keys(''), { stream: 's', group: 'g', consumer: ME });
    await cli.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const entryId = (await cli.xadd('s', '*', 'n', '1'))!;
    await cli.xreadgroup('GROUP', 'g', ME, 'STREAMS', 's', '>');
    await cli.config('SET', 'maxmemory', '1');
    await expect(cli.set('another', 'key')).rejects.toThrow('OOM');
    const acks = [{ entryId, deliveryCount: 1, note: completed }];
    expect(await own.settle({ acks, retries: [], deadLetters: [] })).toMatchObject({ lost: new Map(), unkept: '' });
    expect(await cli.hget(own.taskKeys(entryId).record, 'state')).toBe('completed');
    expect((await cli.xpending('s', 'g'))[0]).toBe(0);
  });
});

it('an output ends with its state, after all that was written, and is kept for its time', async () => {
  const id = await delivered();
  const { output } = group.taskKeys(id);
  await redis.xadd(output, '1700000000000-0', 'b', '');
  await redis.xadd(output, '1700000000000-7', 'c', '"x"');
  await ack(id, { ...completed, outputTtlMs: 30_000 });
  expect((await redis.xrange(output, '-', '+')).at(-1)).toEqual(['1700000000000-8', ['e', 'completed']]);
  expect(await redis.pttl(output)).toBeGreaterThan(20_000);
});

it('rings those who want to hear of it, and forgets them when it has ended', async () => {
  const id = await delivered();
  const { ears } = group.taskKeys(id);
  await redis.zadd(ears, Date.now() + 100_000, 'listener', Date.now() - 100_000, 'gone');
  const heard: string[] = [];
  const subscriber = redisCli();
  subscriber.on('message', (channel: string, message: string) => heard.push(`${channel} ${message}`));
  await subscriber.subscribe(`${keys.bells}listener`, `${keys.bells}gone`);
  await ack(id, completed);
  await eventually(() => heard.length > 0);
  expect(heard).toEqual([`nrs:bell:listener news ${id} ${keys.place}`]);
  expect(await redis.exists(ears)).toBe(0);
});

it('rings the process that entries name once for all that have ended, and not for what will be tried again', async () => {
  const waiter = 'gpu:1:0123abcd';
  const ids = [await delivered(), await delivered(), await delivered(), await delivered()] as const;
  const note = { ...completed, waiter };
  const failed: TaskNote = { state: undefined, fields: ['error', 'x'], ttlMs: 50_000, waiter };
  const dead: TaskNote = { ...failed, state: 'dead-lettered' };
  await redis.hset(keys.cancels, ids[3], '1:why');
  // Registered as well, it is told once.
  await redis.zadd(group.taskKeys(ids[0]).ears, Date.now() + 100_000, waiter);
  const heard: string[] = [];
  const subscriber = redisCli();
  subscriber.on('message', (_channel, message: string) => heard.push(message));
  await subscriber.subscribe(keys.bells + waiter);
  const [acked, retried, buried, cancelled] = ids.map((entryId) => ({ entryId, deliveryCount: 1 }));
  await group.settle({
    acks: [{ ...acked!, note }],
    retries: [
      { ...retried!, delayMs: 60_000, keepCount: 1, note: failed },
      { ...cancelled!, delayMs: 60_000, keepCount: 1, note: failed },
    ],
    deadLetters: [{ ...buried!, maxLen: undefined, headers: [], note: dead }],
  });
  await redis.publish(keys.bells + waiter, 'and that is all');
  await eventually(() => heard.includes('and that is all'));
  expect(heard).toEqual([`ended ${ids[0]},${ids[3]},${ids[2]} ${keys.place}`, 'and that is all']);
  await redis.del(keys.dead);
});
