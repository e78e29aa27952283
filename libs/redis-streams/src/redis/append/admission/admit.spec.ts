import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { uniqueStream } from '../../../../../../test/support/streams.js';
import type { AppendCommand } from '../../../model/ports/append.js';
import { Keys } from '../../keys.js';
import { admitCommand, type AdmitReply, admitScript } from './admit.js';

const redis = new Redis(process.env.REDIS_URL!);
afterAll(() => redis.disconnect());

const keys = new Keys('');
const HOUR_MS = 3_600_000;

function setUp() {
  const stream = uniqueStream();
  const admit = (...commands: AppendCommand[]): Promise<AdmitReply> => {
    const { keys: names, args } = admitCommand(keys, stream, commands);
    return redis.eval(admitScript.lua, names.length, ...names, ...args) as Promise<AdmitReply>;
  };
  return { stream, admit, ...keys.ofDelayed(stream) };
}

const ERROR = ['error', expect.stringContaining('WRONGTYPE')];
const dueIn = (taskId: string, ms: number): AppendCommand => add({ delay: { taskId, due: `+${ms}` } });
const keyed = (name: string, delay?: { taskId: string; due: string }): AppendCommand =>
  add({ delay, key: { name, fingerprint: 'f', ttlMs: HOUR_MS } });

function add({ delay, key }: Partial<NonNullable<AppendCommand['admission']>>): AppendCommand {
  return { fields: ['n', '1'], maxLen: undefined, minReplicas: 0, admission: { delay, key, waitMs: undefined } };
}

it('delays tasks with keys and without, beside others that enter at once, each with its reply', async () => {
  const { stream, admit, delayed, tasks } = setUp();
  const at = Date.now() + 2 * HOUR_MS;

  const replies = await admit(
    dueIn('t_1', HOUR_MS),
    keyed('a'),
    keyed('b', { taskId: 't_2', due: `+${HOUR_MS}` }),
    add({ delay: { taskId: 't_3', due: String(at) } }),
    keyed('b'),
  );

  expect(replies).toEqual(['t_1', expect.stringMatching(/^\d+-\d+$/), 't_2', 't_3', 't_2']);
  expect(await redis.zrange(delayed, 0, '-1')).toEqual(expect.arrayContaining(['t_1', 't_2', 't_3']));
  expect(Number(await redis.zscore(delayed, 't_1'))).toBeCloseTo(Date.now() + HOUR_MS, -5);
  expect(await redis.zscore(delayed, 't_3')).toBe(String(at));
  expect(await redis.hkeys(tasks)).toHaveLength(3);
  expect(await redis.xlen(stream)).toBe(1);
});

it('leaves those that it has put there before as they are by now, and adds the others', async () => {
  const { stream, admit, delayed, tasks } = setUp();
  await admit(dueIn('t_moved', HOUR_MS), dueIn('t_waits', HOUR_MS));
  await redis.zadd(delayed, 1, 't_waits');
  await expect(admit(dueIn('t_waits', HOUR_MS), dueIn('t_new', HOUR_MS))).resolves.toEqual(['t_waits', 't_new']);
  await redis.zrem(delayed, 't_moved');
  await redis.hdel(tasks, 't_moved');
  await redis.hset(keys.ofOwnId(stream, 't_moved'), 'entry', '1-0');

  const replies = await admit(dueIn('t_moved', HOUR_MS), dueIn('t_waits', HOUR_MS), dueIn('t_last', 2 * HOUR_MS));

  expect(replies).toEqual(['t_moved', 't_waits', 't_last']);
  expect(await redis.zrange(delayed, 0, '-1')).toEqual(['t_waits', 't_new', 't_last']);
  expect(await redis.zscore(delayed, 't_waits')).toBe('1');
  expect(await redis.hkeys(tasks)).toHaveLength(3);
});

it.each(['delayed', 'tasks'] as const)(
  'writes nothing of delayed tasks where the key "%s" is somebody else\'s, and adds the others',
  async (which) => {
    const { stream, admit, ...beside } = setUp();
    await redis.set(beside[which], 'theirs');

    const replies = await admit(dueIn('t_1', HOUR_MS), dueIn('t_2', HOUR_MS), keyed('a'));

    expect(replies).toEqual([ERROR, ERROR, expect.stringMatching(/^\d+-\d+$/)]);
    expect(await redis.exists(beside.delayed, beside.tasks)).toBe(1);
    expect(await redis.xlen(stream)).toBe(1);
  },
);
