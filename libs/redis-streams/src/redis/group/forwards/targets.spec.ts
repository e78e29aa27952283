import { expect, it, onTestFinished, vi } from 'vitest';
import { groupForSpecs, ME } from '../../../../../../test/support/group-for-specs.js';
import { ownRedis } from '../../../../../../test/support/own-redis.js';
import { redisCli } from '../../../../../../test/support/redis-cli.js';
import { uniqueStream } from '../../../../../../test/support/streams.js';
import { Connections } from '../../connections/connections.js';
import { Keys } from '../../keys.js';
import { GroupCommands } from '../group-commands.js';
import type { GroupMember } from '../group-member.js';
import { Targets } from './targets.js';

const { redis, group } = groupForSpecs('targets');
const DAY_MS = 24 * 3_600_000;

function delivery(value = 'a', heldAt = performance.now()) {
  const stream = uniqueStream('target');
  const deliveries = [{ entryId: '1-1', index: 0, fields: ['value', value] }];
  const marker = `{${stream}}:from:spec%3A%7Btargets%7D:g:1-1:0`;
  return { marker, command: { stream, deliveries, heldAt } };
}

it('whoever was sure to hold a task too long ago adds nothing, and is not told of a refusal', async () => {
  const { command, marker } = delivery('a', performance.now() - 61_000);
  expect(await group.deliver(command)).toEqual({ ids: [], refusal: undefined });
  expect(await redis.exists(command.stream, marker)).toBe(0);
  expect((await group.deliver({ ...command, heldAt: performance.now() - 50_000 })).ids).toHaveLength(1);
  await redis.del(command.stream, marker);
});

it('that something was added is known for much longer than a day, and for some minutes once its task is acked', async () => {
  const { command, marker } = delivery();
  const { ids } = await group.deliver(command);
  expect(await redis.get(marker)).toBe(ids[0]);
  expect(await redis.pttl(marker)).toBeGreaterThan(29 * DAY_MS);
  group.forget([{ stream: command.stream, entryId: '1-1', index: 0 }]);
  const another = [{ entryId: '1-2', index: 0, fields: ['value', 'b'] }];
  await group.deliver({ ...command, deliveries: another });
  expect(await redis.pttl(marker)).toBeLessThanOrEqual(600_000);
  expect(await redis.pttl(marker)).toBeGreaterThan(500_000);
  expect((await group.deliver(command)).ids).toEqual(ids);
  expect(await redis.xlen(command.stream)).toBe(2);
  await redis.del(command.stream, marker, marker.replace('1-1', '1-2'));
});

it('a server that has forgotten its scripts is given them again, and adds nothing twice', async () => {
  const { command, marker } = delivery();
  const { ids } = await group.deliver(command);
  await redis.script('FLUSH');
  expect((await group.deliver(command)).ids).toEqual(ids);
  expect(await redis.xlen(command.stream)).toBe(1);
  await redis.del(command.stream, marker);
});

it('what comes after a refused one waits, so that the order stays, and leaves no mark', async () => {
  const { command, marker } = delivery();
  await redis.set(command.stream, 'no stream');
  const { ids, refusal } = await group.deliver({
    ...command,
    deliveries: [...command.deliveries, ...command.deliveries],
  });
  expect([ids, refusal]).toEqual([[], expect.stringContaining('WRONGTYPE')]);
  expect(await redis.exists(marker)).toBe(0);
  await redis.del(command.stream);
});

it('an empty mark, which a refusal may leave, means nothing', async () => {
  const { command, marker } = delivery();
  await redis.set(marker, '');
  const { ids } = await group.deliver(command);
  expect(ids[0]).toMatch(/^\d+-\d+$/);
  expect(await redis.get(marker)).toBe(ids[0]);
  await redis.del(command.stream, marker);
});

it('while the memory is full it is refused, and added once when it is not', async () => {
  const { url } = await ownRedis('--appendonly', 'no');
  const cli = redisCli(url);
  const connections = new Connections({ connection: url }, 'spec');
  onTestFinished(() => connections.close());
  const member = { stream: 'source', group: 'g', consumer: ME };
  const own = new GroupCommands(connections.control(), new Keys(''), member);
  const { command } = delivery();
  await own.deliver({ ...command, deliveries: [] });
  await cli.config('SET', 'maxmemory', '1');
  expect((await own.deliver(command)).refusal).toMatch(/OOM/);
  await cli.config('SET', 'maxmemory', '0');
  expect(await cli.dbsize()).toBe(0);
  const { ids } = await own.deliver(command);
  expect((await own.deliver(command)).ids).toEqual(ids);
  expect(await cli.xlen(command.stream)).toBe(1);
});

it('what took long to answer is asked once more, as it may have lost what it added; whatever goes on to take long is believed', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { command } = delivery();
  const askedFor = async (...answers: [afterMs: number, id: string][]) => {
    let asks = 0;
    const run = (async () => {
      const [afterMs, id] = answers[asks++]!;
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      return [Date.now(), [id], '', 0];
    }) as GroupMember['run'];
    const targets = new Targets({ run }, new Keys(''), { stream: 'source', group: 'g' });
    const delivered = targets.deliver(command);
    await vi.advanceTimersByTimeAsync(60_000);
    return { ids: (await delivered).ids, asks };
  };
  expect(await askedFor([5, '1-0'])).toEqual({ ids: ['1-0'], asks: 1 });
  expect(await askedFor([5_000, '1-0'], [5, '2-0'])).toEqual({ ids: ['2-0'], asks: 2 });
  expect(await askedFor([5_000, '1-0'], [2_000, '2-0'], [2_000, '3-0'])).toEqual({ ids: ['3-0'], asks: 3 });
});
