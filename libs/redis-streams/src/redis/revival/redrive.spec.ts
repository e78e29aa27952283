import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ownRedis } from '../../../../../test/support/own-redis.js';
import { redisCli } from '../../../../../test/support/redis-cli.js';
import type { RedriveCommand } from '../../model/ports/admin/revival.js';
import { readLife } from '../../wire/tasks/life.js';
import { Keys } from '../keys.js';
import { redrive } from './redrive.js';

const redis = new Redis(process.env.REDIS_URL!);
const names = new Keys('');
const stream = 'spec:{redrive}';
const keys = names.ofGroup(stream, 'g');
const RETRY = 'retry-scheduled';
const taskKeys = (id: string) => names.ofTask(stream, 'g', id);

beforeEach(async () => {
  const left = await redis.keys('spec:{redrive}*');
  if (left.length > 0) await redis.del(...left);
  await redis.xgroup('CREATE', keys.stream, 'g', '0', 'MKSTREAM');
});
afterAll(() => redis.disconnect());

/** An entry that the group has given up, and its letter. */
async function given({ fields = ['n', '1'], headers = {}, client = redis } = {}) {
  const id = (await client.xadd(keys.stream, '*', ...fields))!;
  await client.xreadgroup('GROUP', 'g', 'a@1000ms', 'STREAMS', keys.stream, '>');
  await client.xack(keys.stream, 'g', id);
  const letter = {
    '~dead-reason': 'max-deliveries',
    '~dead-error': 'Error: boom',
    '~dead-group': 'g',
    '~dead-id': id,
    '~dead-deliveries': '3',
    '~dead-at': '2026-11-22T10:00:00.000Z',
    ...headers,
  };
  const letterId = (await client.xadd(keys.dead, '*', ...fields, ...Object.entries(letter).flat()))!;
  return { id, letterId };
}

async function redriven(letterIds: readonly string[], command: Partial<RedriveCommand> = {}, client = redis) {
  const all = { stream, group: 'g', terms: {}, again: false, letterIds, ...command };
  return (await redrive(client, names, all)).map(({ outcome }) => outcome);
}

const pending = async () =>
  (await redis.xpending(keys.stream, 'g', '-', '+', 10)) as [string, string, number, number][];
const lifeOf = async (id: string) => readLife((await redis.hget(keys.lives, id)) ?? undefined);
const inMs = async (id: string) => (await lifeOf(id))!.deadline! - (await lifeOf(id))!.at;
const nothingPending = async () => expect(await pending()).toEqual([]);

it('an entry is pending again, due now, as if never delivered, and its letter is gone', async () => {
  const { id, letterId } = await given();
  const before = Date.now();
  expect(
    await redriven([letterId], { terms: { by: 'ana', operation: 'op-1', headers: { traceparent: '00-1' } } }),
  ).toEqual(['redriven']);
  expect((await pending()).map(([entry, consumer, , count]) => [entry, consumer, count])).toEqual([[id, RETRY, 0]]);
  expect(Number(await redis.zscore(keys.retry, id))).toBeGreaterThanOrEqual(before - 1_000);
  expect(await redis.xlen(keys.dead)).toBe(0);
  expect(await lifeOf(id)).toEqual({
    at: expect.any(Number),
    redrives: 1,
    isReplay: false,
    earlierDeliveries: 3,
    by: 'ana',
    operation: 'op-1',
    headers: { traceparent: '00-1' },
    history: [
      { at: '2026-11-22T10:00:00.000Z', reason: 'max-deliveries', error: 'Error: boom', deliveries: 3, group: 'g' },
    ],
  });
  expect(await redis.xlen(keys.stream)).toBe(1);
});

it('nothing of the earlier life counts any more, but for what was done once', async () => {
  const { id, letterId } = await given();
  const { record, output } = taskKeys(id);
  await redis.hset(record, { state: 'dead-lettered', at: '1', error: 'x', dead: letterId, 'once:charge': '"c1"' });
  await redis.hset(keys.cancels, id, '1:stop');
  await redis.xadd(output, '1-0', 'e', 'dead-lettered');
  await redriven([letterId]);
  expect(await redis.hgetall(record)).toEqual({ reason: 'redriven', 'once:charge': '"c1"' });
  expect(await redis.pttl(record)).toBeGreaterThan(3_600_000);
  expect(await redis.exists(keys.cancels, output)).toBe(0);
});

it('the group’s mark knows of it at once: its snapshot has the entry, and nothing from it on is finished', async () => {
  const { id, letterId } = await given();
  await given();
  await redriven([letterId]);
  const mark = (await redis.hget(keys.marks, 'g'))!;
  expect(mark).toContain(`\n${RETRY} ${id}:0`);
  expect(BigInt(mark.split('-')[0]!) <= BigInt(id.split('-')[0]!)).toBe(true);
  expect(mark.startsWith(id)).toBe(false);
});

it('two at once revive each letter once', async () => {
  const letters = await Promise.all([given(), given(), given()]);
  const ids = letters.map(({ letterId }) => letterId);
  const outcomes = await Promise.all([redriven(ids), redriven(ids)]);
  for (const n of ids.keys()) expect(new Set(outcomes.map((each) => each[n]))).toEqual(new Set(['gone', 'redriven']));
});

describe('is left as it is, and told,', () => {
  it('a letter that is gone, or another group’s, or no task’s', async () => {
    const other = await given({ headers: { '~dead-group': 'h' } });
    const none = await given({ headers: { '~dead-id': 't_0123456789abcdef' } });
    const outcomes = await redriven(['1-1', other.letterId, none.letterId]);
    expect(outcomes).toEqual(['gone', 'another-group', 'another-group']);
    expect(await redis.xlen(keys.dead)).toBe(2);
    await nothingPending();
  });

  it('one whose entry is gone', async () => {
    const { id, letterId } = await given();
    await redis.xdel(keys.stream, id);
    expect(await redriven([letterId])).toEqual(['not-in-stream']);
    expect(await redis.xlen(keys.dead)).toBe(1);
    await nothingPending();
  });

  it('one that runs: it is not taken from its worker', async () => {
    const { id, letterId } = await given();
    await redis.xclaim(keys.stream, 'g', 'b@1000ms', 0, id, 'FORCE');
    expect(await redriven([letterId])).toEqual(['pending']);
    expect((await pending()).map(([, consumer]) => consumer)).toEqual(['b@1000ms']);
  });

  it('one that the group comes to yet, as it was moved back', async () => {
    const { letterId } = await given();
    await redis.xgroup('SETID', keys.stream, 'g', '0');
    expect(await redriven([letterId])).toEqual(['not-delivered']);
    await nothingPending();
  });

  it('one that has died again, unless that is asked for: then all its deaths are known', async () => {
    const life = {
      at: 1,
      redrives: 1,
      deliveries: 4,
      history: Array.from({ length: 5 }, (_, n) => ({ error: `${n}` })),
    };
    const { id, letterId } = await given({ headers: { '~dead-life': JSON.stringify(life) } });
    expect(await redriven([letterId])).toEqual(['redriven-before']);
    expect(await redriven([letterId], { again: true })).toEqual(['redriven']);
    const again = (await lifeOf(id))!;
    expect(again).toMatchObject({ redrives: 2, earlierDeliveries: 7 });
    expect(again.history.map(({ error }) => error)).toEqual(['1', '2', '3', '4', 'Error: boom']);
  });

  it('all where there is no group', async () => {
    const { letterId } = await given();
    await redis.xgroup('DESTROY', keys.stream, 'g');
    expect(await redriven([letterId, '1-1'])).toEqual(['no-group', 'gone']);
    expect(await redis.xlen(keys.dead)).toBe(1);
  });

  it('what would be more pending than a mark can hold', async () => {
    const letters = [await given(), await given()];
    await redis.del(keys.lives);
    const full = Array.from({ length: 499 }, (_, n) => [`1-${n + 1}`, '{}']).flat();
    await redis.hset(keys.lives, ...full);
    for (let n = 0; n < 499; n++) await redis.xadd(keys.stream, '*', 'n', n);
    await redis.xreadgroup('GROUP', 'g', 'a@1000ms', 'COUNT', 499, 'STREAMS', keys.stream, '>');
    expect(await redriven(letters.map(({ letterId }) => letterId))).toEqual(['redriven', 'too-many-pending']);
    // Those that nobody removed are found not to be pending any more.
    expect(await redriven([letters[1]!.letterId])).toEqual(['redriven']);
    expect(await redis.hlen(keys.lives)).toBe(2);
    for (let n = 0; n < 600; n++) await redis.xadd(keys.stream, '*', 'n', n);
    await redis.xreadgroup('GROUP', 'g', 'a@1000ms', 'COUNT', 600, 'STREAMS', keys.stream, '>');
    expect(await redriven([(await given()).letterId])).toEqual(['too-many-pending']);
  });

  it('whatever is asked of a dry run, which tells what would come of it', async () => {
    const { letterId } = await given();
    expect(await redriven([letterId, '1-1'], { isDry: true })).toEqual(['redriven', 'gone']);
    expect(await redis.xlen(keys.dead)).toBe(1);
    expect(await redis.exists(keys.lives, keys.retry)).toBe(0);
    await nothingPending();
  });
});

describe('a deadline', () => {
  it('that is relative counts from the new life', async () => {
    const { id, letterId } = await given({ fields: ['n', '1', '~.deadline', '+5000'] });
    expect(await redriven([letterId])).toEqual(['redriven']);
    expect(await inMs(id)).toBe(5_000);
  });

  it('that is a time stays; one that has passed is an obstacle, unless another is given, or none', async () => {
    const later = String(Date.now() + 3_600_000);
    const inTime = await given({ fields: ['~.deadline', later] });
    const letters = [await given({ fields: ['~.deadline', '5'] }), await given({ fields: ['~.deadline', '5'] })];
    const [first, second] = letters.map(({ letterId }) => letterId) as [string, string];
    expect(await redriven([inTime.letterId, first])).toEqual(['redriven', 'past-deadline']);
    expect((await lifeOf(inTime.id))!.deadline).toBe(Number(later));
    expect(await redriven([first], { terms: { deadline: '5' } })).toEqual(['past-deadline']);
    expect(await redriven([first], { terms: { deadline: '+7000' } })).toEqual(['redriven']);
    expect(await inMs(letters[0]!.id)).toBe(7_000);
    expect(await redriven([second], { terms: { deadline: 'none' } })).toEqual(['redriven']);
    expect((await lifeOf(letters[1]!.id))!.deadline).toBeUndefined();
  });
});

it('a head of an error ends with a whole character', async () => {
  const { id, letterId } = await given({ headers: { '~dead-error': `${'x'.repeat(199)}é` } });
  await redriven([letterId]);
  expect((await lifeOf(id))!.history[0]!.error).toBe('x'.repeat(199));
});

it('so many letters at once are refused, and after so many bytes the rest is left for later', async () => {
  await expect(redriven(Array.from({ length: 101 }, () => '1-1'))).rejects.toThrow(/At most 100/);
  const wide = ['n', 'x'.repeat(3_000_000)];
  const letters = [await given({ fields: wide }), await given()];
  expect(await redriven(letters.map(({ letterId }) => letterId))).toEqual(['redriven', 'later']);
});

it('a key of somebody else in the place of ours is told before anything is written', async () => {
  const { letterId } = await given();
  await redis.set(keys.lives, 'a text');
  await expect(redriven([letterId])).rejects.toThrow(/WRONGTYPE/);
  expect(await redis.xlen(keys.dead)).toBe(1);
  await nothingPending();
});

it('a full memory does not hold it up, and nothing is lost', async () => {
  const { url } = await ownRedis('--appendonly', 'no');
  const own = redisCli(url);
  await own.xgroup('CREATE', keys.stream, 'g', '0', 'MKSTREAM');
  const { id, letterId } = await given({ client: own });
  await own.config('SET', 'maxmemory', '1');
  expect(await redriven([letterId], {}, own)).toEqual(['redriven']);
  expect(await own.zscore(keys.retry, id)).not.toBeNull();
  expect(await own.xpending(keys.stream, 'g', '-', '+', 10)).toHaveLength(1);
  expect(await own.hget(keys.marks, 'g')).toContain(id);
});
