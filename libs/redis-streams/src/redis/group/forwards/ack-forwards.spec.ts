import { expect, it } from 'vitest';
import { groupForSpecs, ME } from '../../../../../../test/support/group-for-specs.js';
import { uniqueStream } from '../../../../../../test/support/streams.js';
import { readNext } from '../../../wire/tasks/chains/next.js';

const { redis, keys, group } = groupForSpecs('ack-forwards');
const target = uniqueStream('target');
const forwards = [{ stream: target, fields: ['a', '1'] }];

/** Entries with these ids, or new ones, that this consumer has read. */
async function read(...ids: string[]): Promise<string[]> {
  const entries: string[] = [];
  for (const id of ids) entries.push((await redis.xadd(keys.stream, id, 'n', '1'))!);
  await redis.xreadgroup('GROUP', 'g', ME, 'STREAMS', keys.stream, '>');
  return entries;
}

const settle = (...ids: string[]) =>
  group.settle({
    acks: [],
    retries: [],
    deadLetters: [],
    forwards: ids.map((entryId) => ({ entryId, deliveryCount: 1, forwards: [...forwards] })),
  });

/** Ids of tasks of which it is known what they have forwarded. */
const known = async () => (await redis.zrange(keys.next, '0', '-1')).map((member) => member.split(' ')[0]);

it('writes down what each has forwarded, and when', async () => {
  const [id] = await read('*');
  await settle(id!);
  const [member] = await redis.zrange(keys.next, '0', '-1');
  const [added] = await redis.xrevrange(target, '+', '-', 'COUNT', 1);
  const { endedAt, tasks } = readNext(member!.slice(id!.length + 1))!;
  expect(tasks).toEqual([{ stream: target, id: added![0] }]);
  expect(endedAt).toBeGreaterThanOrEqual(Number(id!.split('-')[0]));
  await redis.del(target);
});

it('of tasks in any order each forwards once, however many of one millisecond there are', async () => {
  const ms = Date.now();
  const ids = await read(...Array.from({ length: 12 }, (_, n) => `${ms}-${n}`));
  for (const id of [...ids.slice(6), ...ids.slice(0, 6)]) await settle(id);
  expect(await redis.xlen(target)).toBe(12);
  await redis.xgroup('SETID', keys.stream, 'g', '0');
  await redis.xreadgroup('GROUP', 'g', ME, 'STREAMS', keys.stream, '>');
  expect((await settle(...ids)).lost.size).toBe(0);
  expect(await redis.xlen(target)).toBe(12);
  await redis.del(target);
});

it('what was forwarded is known for as long as the task is in the history, and for 7 days at most', async () => {
  const old = `${Date.now() - 8 * 24 * 3_600_000}-0`;
  const ids = await read(old, '*');
  await settle(...ids);
  expect(await known()).toEqual([ids[1]]);
  await redis.xtrim(keys.stream, 'MAXLEN', 0);
  const later = await read(`${Date.now() + 1_000}-0`);
  await settle(...later);
  const command = {
    ...{ reporter: 'me', finished: 3, counted: 0, maxEntries: 10, maxAgeMs: 0, abandonGroupAfterMs: 0 },
    ...{ foreignAfterMs: 300_000, isStable: true },
  };
  await group.ensure('0-0', true);
  await group.trimHistory(command);
  expect(await known()).toEqual(later);
  await redis.del(target);
});
