import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamOperations, StreamReplay, StreamTasks } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { entriesOf, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

async function setUp(count: number) {
  const stream = uniqueStream('replay');
  const runs = new Map<string, boolean[]>();
  const others: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 50 })
    async handle(@Ctx() { taskId, isReplay }: StreamContext) {
      runs.set(taskId, [...(runs.get(taskId) ?? []), isReplay]);
    }
    @StreamHandler(stream, { group: 'audit' })
    async audit(@Ctx() { taskId }: StreamContext) {
      others.push(taskId);
    }
  }
  const cli = redisCli();
  const app = await startApp({ controllers: [Worker] });
  const payloads = Array.from({ length: count }, (_, n) => ({ payload: { n } }));
  const ids = await app.producer.addBulk(stream, payloads);
  const settled = async (of: number) => {
    await eventually(() => runs.size === of && others.length === of);
    await eventually(async () => (await pendingCount(cli, stream)) + (await pendingCount(cli, stream, 'audit')) === 0);
  };
  await settled(count);
  return { stream, runs, others, cli, app, ids, settled, replays: app.get(StreamReplay) };
}

describe('a replay', () => {
  it('has what a group has finished run again in place, once, marked as a replay, and no other group notices', async () => {
    const { stream, runs, others, cli, ids, replays } = await setUp(150);
    const range = { from: ids[20]!, to: ids[119]! };
    const plan = await replays.plan(stream, range, { rate: 0 });
    expect(plan).toMatchObject({ kind: 'replay', eligible: 100, notEligible: {}, upTo: ids[119] });
    expect(plan.warnings[0]).toMatch(/done again/);
    const replay = await replays.start(stream, range, { rate: 0, by: 'ana', reason: 'new model' });
    expect(await replay.ended()).toMatchObject({ state: 'done', done: 100, skipped: {}, by: 'ana' });
    const again = ids.slice(20, 120);
    await eventually(() => again.every((id) => runs.get(id)!.length === 2));
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    for (const id of ids) expect(runs.get(id)).toEqual(again.includes(id) ? [false, true] : [false]);
    expect(others).toHaveLength(150);
    expect(await cli.xlen(stream)).toBe(150);
  });

  it('goes no further than to the newest entry there was, and tells where the history begins later than it was asked for', async () => {
    const { stream, runs, cli, app, ids, replays, settled } = await setUp(12);
    await cli.xdel(stream, ids[0]!, ids[1]!);
    const plan = await replays.plan(stream, { from: new Date(Date.now() - 3_600_000) });
    expect(plan).toMatchObject({ eligible: 10, upTo: ids[11] });
    const startsAt = new Date(Number.parseInt(ids[2]!, 10)).toISOString();
    expect(plan.warnings.join()).toContain(`The history starts at ${startsAt}`);
    const replay = await replays.start(stream, { all: true }, { rate: 20 });
    await app.producer.add(stream, { n: 99 });
    expect(await replay.ended()).toMatchObject({ done: 10 });
    await settled(13);
    await eventually(() => [...runs.values()].filter(({ length }) => length === 2).length === 10);
  });

  it('leaves what is not finished, or has not ended well, as it is, and says why', async () => {
    const stream = uniqueStream('replay');
    const cli = redisCli();
    const app = await startApp({ options: { consume: false } });
    const ids = await app.producer.addBulk(
      stream,
      Array.from({ length: 5 }, (_, n) => ({ payload: { n } })),
    );
    await cli.xgroup('CREATE', stream, 'workers', '0');
    await cli.xreadgroup('GROUP', 'workers', 'w', 'COUNT', 4, 'STREAMS', stream, '>');
    await cli.xack(stream, 'workers', ...ids.slice(1, 4));
    await cli.hset(`{${stream}}:workers:task:${ids[2]}`, { state: 'cancelled', at: Date.now() });
    const notEligible = { pending: 1, 'ended-otherwise': 1, 'not-delivered': 1 };
    const replays = app.get(StreamReplay);
    expect(await replays.plan(stream, { all: true })).toMatchObject({ eligible: 2, notEligible });
    const replay = await replays.start(stream, { all: true }, { rate: 0 });
    expect(await replay.ended()).toMatchObject({ state: 'done', done: 2, skipped: notEligible });
    expect(await replays.plan(stream, { all: true }, { group: 'gone' })).toMatchObject({
      notEligible: { 'no-group': 5 },
    });
  });

  it('copies to another stream, each once, what a group has finished, or all', async () => {
    const { stream, cli, ids, replays, app } = await setUp(130);
    const [target, other] = [uniqueStream('copies'), uniqueStream('copies')] as const;
    const plan = await replays.plan(stream, { from: ids[30] }, { copyTo: target, group: 'workers' });
    expect(plan).toMatchObject({ eligible: 100 });
    expect(plan.warnings.join()).toContain(`All groups of '${target}'`);
    const copy = await replays.start(stream, { from: ids[30] }, { copyTo: target, group: 'workers', rate: 0 });
    expect(await copy.ended()).toMatchObject({ state: 'done', done: 100, skipped: {} });
    const copies = await entriesOf(cli, target);
    expect(copies.map(({ fields }) => Number(fields.n))).toEqual(Array.from({ length: 100 }, (_, n) => n + 30));
    const all = await replays.start(stream, { all: true }, { copyTo: other, rate: 0 });
    expect(await all.ended()).toMatchObject({ done: 130 });
    expect(await cli.xlen(other)).toBe(130);
    const info = await app.get(StreamTasks).get(stream, ids[40]!);
    expect(info.state).toMatch(/completed|finished/);
  });

  it('copies, or runs again, as many entries as there are, however large they are', async () => {
    const { stream, cli, app, replays, settled } = await setUp(0);
    const target = uniqueStream('large');
    const payload = { text: 'x'.repeat(150_000) };
    for (let n = 0; n < 6; n++)
      await app.producer.addBulk(
        stream,
        Array.from({ length: 10 }, () => ({ payload })),
      );
    await settled(60);
    const copy = await replays.start(stream, { all: true }, { copyTo: target, rate: 0 });
    expect(await copy.ended()).toMatchObject({ state: 'done', done: 60, skipped: {} });
    expect(await cli.xlen(target)).toBe(60);
    const replay = await replays.start(stream, { all: true }, { rate: 0 });
    expect(await replay.ended()).toMatchObject({ state: 'done', done: 60, skipped: {} });
  });

  it('is cancelled in the middle: nothing runs again after that', async () => {
    const { stream, runs, app, replays } = await setUp(60);
    const replay = await replays.start(stream, { all: true }, { rate: 20 });
    const end = await app.get(StreamOperations).cancel(stream, replay.id);
    const again = () => [...runs.values()].filter(({ length }) => length === 2).length;
    await eventually(() => again() === end!.done);
    expect(end!.done).toBeLessThan(60);
    expect(await replay.ended()).toMatchObject({ state: 'cancelled', done: end!.done });
  });

  it('of a range that says nothing, or is wrong, is refused', async () => {
    const { stream, replays } = await setUp(1);
    await expect(replays.start(stream, {})).rejects.toThrow(/must have from or to, or else \{ all: true \}/);
    await expect(replays.start(stream, { all: true, to: '5-5' })).rejects.toThrow(/must have from or to, or else/);
    await expect(replays.start(stream, { from: '5-5', to: '4-4' })).rejects.toThrow(/ends before it begins/);
    await expect(replays.start(stream, { from: 'x' })).rejects.toThrow(/got "x"/);
    await expect(replays.start(stream, { all: true }, { copyTo: 'a{b' })).rejects.toThrow(/may hold no brace/);
    await expect(replays.start(stream, { all: true }, { maxBacklog: 0 })).rejects.toThrow(/maxBacklog must be/);
  });
});
