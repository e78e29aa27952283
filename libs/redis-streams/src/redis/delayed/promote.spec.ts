import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { delayTasks, ownId, serverNow } from '../../../../../test/support/delayed-tasks.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { RECORD_TTL_MS } from '../../wire/tasks/task-record.js';
import { Keys } from '../keys.js';
import { promote } from './promote.js';

const redis = new Redis(process.env.REDIS_URL!);
const keys = new Keys('');
const stream = 'spec:{promote}';
const { delayed, tasks } = keys.ofDelayed(stream);
const dead = keys.dead(stream);

async function forget(): Promise<void> {
  const found = await redis.keys(`${stream}*`);
  if (found.length > 0) await redis.del(found);
}
beforeEach(forget);
afterAll(async () => {
  await forget();
  redis.disconnect();
});

const run = () => promote(redis, keys, stream);
const recordOf = (id: string) => redis.hgetall(keys.ofOwnId(stream, id));
const entries = async () => (await redis.xrange(stream, '-', '+')).map(([id, fields]) => ({ id, fields }));
const nothingLeft = async () => (await redis.exists(delayed, tasks)) === 0;

describe('what is due', () => {
  it('enters, the earliest first, with its own id, and its record says which entry it is', async () => {
    const now = await serverNow(redis);
    const [second] = await delayTasks(redis, stream, now - 1, ['n', '2', '~trace', 'x']);
    const [first] = await delayTasks(redis, stream, now - 2, ['n', '1']);
    expect(await run()).toEqual({
      entered: 2,
      lateMs: expect.any(Number),
      nextInMs: undefined,
      setAside: [],
      refused: undefined,
    });
    const [one, two] = await entries();
    expect(one!.fields).toEqual(['n', '1', '~.task', first]);
    expect(two!.fields).toEqual(['n', '2', '~trace', 'x', '~.task', second]);
    expect(await recordOf(first!)).toEqual({ entry: one!.id });
    expect(await redis.pttl(keys.ofOwnId(stream, first!))).toBeGreaterThan(RECORD_TTL_MS - 60_000);
    expect(await nothingLeft()).toBe(true);
    expect(await run()).toMatchObject({ entered: 0 });
  });

  it('is not what is due later, and the reply says when that is', async () => {
    const now = await serverNow(redis);
    await delayTasks(redis, stream, now + 60_000, ['n', '1']);
    const { entered, nextInMs } = await run();
    expect(entered).toBe(0);
    expect(nextInMs).toBeGreaterThan(59_000);
    expect(nextInMs).toBeLessThanOrEqual(60_000);
    expect(await entries()).toEqual([]);
  });

  it('enters two hundred at a time', async () => {
    await delayTasks(redis, stream, 5, ...Array.from({ length: 250 }, (_, n) => ['n', `${n}`]));
    const replies = [await run(), await run(), await run()];
    expect(replies.map(({ entered }) => entered)).toEqual([200, 50, 0]);
    expect(replies.map(({ nextInMs }) => nextInMs !== undefined && nextInMs <= 0)).toEqual([true, false, false]);
    expect(await redis.xlen(stream)).toBe(250);
  });

  it('is the same text afterwards', async () => {
    const text = '\u0000 "\\ \u2028 é 日本 \u{1f600} \u007f';
    await delayTasks(redis, stream, 5, [text, text, '', '']);
    await run();
    expect((await entries())[0]!.fields.slice(0, 4)).toEqual([text, text, '', '']);
  });

  it('is told to who listens, in whichever group', async () => {
    const [id] = await delayTasks(redis, stream, 5, ['n', '1']);
    const ears = keys.earsOfOwnId(stream, id!);
    await redis.zadd(ears, (await serverNow(redis)) + 60_000, 'web a%20b', 5, 'gone workers');
    const heard: string[] = [];
    const subscriber = new Redis(process.env.REDIS_URL!);
    onTestFinished(() => subscriber.disconnect());
    await subscriber.subscribe(`${keys.bells}web`, `${keys.bells}gone`);
    subscriber.on('message', (_, message: string) => heard.push(message));
    await run();
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([`news ${id} a%20b ${stream}`]);
    expect(await redis.exists(ears)).toBe(0);
  });
});

describe('what cannot be an entry', () => {
  const BAD = [
    '',
    'no JSON',
    '{}',
    '{"1":"a"}',
    '[]',
    '["n"]',
    '["n",1]',
    '["n",null]',
    '[["n","1"]]',
    '"text"',
    '["n","\\ud800"]',
  ];

  it.each(BAD)('%j is a dead letter, and holds up nothing', async (stored) => {
    const [id] = await delayTasks(redis, stream, 4, ['n', '1']);
    await redis.hset(tasks, id!, stored);
    const [good] = await delayTasks(redis, stream, 5, ['n', '2']);
    const { entered, setAside } = await run();
    expect(entered).toBe(1);
    expect(setAside).toEqual([
      { id, reason: expect.stringMatching(/no list of field names/), deadLetterId: expect.any(String) },
    ]);
    expect((await entries())[0]!.fields).toEqual(['n', '2', '~.task', good]);
    const [letter] = await redis.xrange(dead, '-', '+');
    expect(letter![1]).toEqual(
      expect.arrayContaining(['~dead-id', id, '~dead-reason', 'undecodable', 'stored', stored]),
    );
    expect(await recordOf(id!)).toMatchObject({ state: 'dead-lettered', reason: 'undecodable', dead: letter![0] });
    expect(await nothingLeft()).toBe(true);
  });

  it('more fields than a script can pass are a dead letter, too', async () => {
    await delayTasks(redis, stream, 5, Array<string>(7_002).fill('n'));
    expect(await run()).toMatchObject({ entered: 0, setAside: [{ reason: expect.stringMatching(/no list/) }] });
  });

  it('nothing is a dead letter, too', async () => {
    const id = ownId();
    await redis.zadd(delayed, 5, id);
    expect((await run()).setAside).toMatchObject([{ id, reason: 'nothing is stored of it' }]);
    expect(await redis.xlen(dead)).toBe(1);
    expect(await nothingLeft()).toBe(true);
  });

  it('comes again in a minute where no dead letter can be written', async () => {
    await redis.set(dead, 'a text');
    const id = ownId();
    await redis.zadd(delayed, 4, id);
    await delayTasks(redis, stream, 5, ['n', '1']);
    const { entered, setAside, nextInMs } = await run();
    expect(entered).toBe(1);
    expect(setAside).toMatchObject([{ id, deadLetterId: undefined }]);
    expect(nextInMs).toBeGreaterThan(50_000);
  });
});

describe('where Redis takes no entry', () => {
  it('everything stays, and the reply says why', async () => {
    await redis.set(stream, 'a text');
    await delayTasks(redis, stream, 5, ['n', '1'], ['n', '2']);
    const { entered, refused, nextInMs } = await run();
    expect(entered).toBe(0);
    expect(refused).toMatch(/WRONGTYPE/);
    expect(nextInMs).toBeLessThan(0);
    expect([await redis.zcard(delayed), await redis.hlen(tasks)]).toEqual([2, 2]);
  });

  it.each([
    ['the set', delayed],
    ['the hash', tasks],
  ])('as a key of somebody else is in the place of %s, nothing enters', async (_, key) => {
    await delayTasks(redis, stream, 5, ['n', '1']);
    await redis.del(key);
    await redis.set(key, 'a text');
    await expect(run()).rejects.toThrow(/WRONGTYPE/);
    expect(await redis.exists(stream)).toBe(0);
  });

  it('a key of somebody else in the place of the record or of who listens keeps no task from its stream', async () => {
    const [id] = await delayTasks(redis, stream, 5, ['n', '1']);
    await redis.set(keys.ofOwnId(stream, id!), 'a text');
    await redis.set(keys.earsOfOwnId(stream, id!), 'a text');
    expect(await run()).toMatchObject({ entered: 1, refused: undefined });
    expect(await nothingLeft()).toBe(true);
  });
});
