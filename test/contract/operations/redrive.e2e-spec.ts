import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { DeadLetters, OperationActiveError, StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { addLetters } from '../../support/dead-letters.js';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { deadLetterKey, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

async function setUp() {
  const stream = uniqueStream('redrive');
  const workers = await moodyWorkers({ stream });
  const { app } = workers;
  return { stream, workers, cli: redisCli(), letters: app.get(DeadLetters), tasks: app.get(StreamTasks) };
}

describe('a redrive', () => {
  it('has tasks run once more under their own ids, by the group that gave them up, and by no other', async () => {
    const { stream, workers, cli, letters, tasks } = await setUp();
    const audited: string[] = [];
    @Controller()
    class Audit {
      @StreamHandler(stream, { group: 'audit', startFrom: 'first' })
      async handle(@Ctx() { taskId }: StreamContext) {
        audited.push(taskId);
      }
    }
    await startApp({ controllers: [Audit] });
    const ids = await workers.killTasks(230);
    await eventually(() => audited.length === 230);
    const plan = await letters.planRedrive(stream, { error: '429' });
    expect(plan).toMatchObject({ kind: 'redrive', eligible: 230, notEligible: {}, estimatedMs: 4_600 });
    expect(plan.sample[0]).toMatchObject({ taskId: ids[0], group: 'workers', reason: 'unrecoverable' });
    expect(plan.warnings[0]).toMatch(/may be done again/);
    expect(await cli.xlen(deadLetterKey(stream))).toBe(230);

    workers.fails = () => false;
    const redrive = await letters.redrive(
      stream,
      { error: '429' },
      { rate: Infinity, by: 'ana', reason: 'more quota' },
    );
    expect(await redrive.ended()).toMatchObject({ state: 'done', done: 230, skipped: {}, by: 'ana', diedAgain: 0 });
    await eventually(() => workers.done.length === 230);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect(workers.done.toSorted()).toEqual(ids.toSorted());
    expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
    expect(await cli.xlen(stream)).toBe(230);
    expect(audited).toHaveLength(230);
    expect((await tasks.get(stream, ids[0]!)).state).toMatch(/completed|finished/);
  });

  it('of one letter, of some, and of those that a filter means, takes no other', async () => {
    const { stream, workers, cli, letters } = await setUp();
    const ids = await workers.killTasks(6);
    const known = await cli.xrange(deadLetterKey(stream), '-', '+');
    const letterOf = (n: number) => known.find(([, fields]) => fields.includes(ids[n]!))![0];
    workers.fails = () => false;
    const one = await letters.redrive(stream, { ids: [letterOf(2)] });
    expect(await one.ended()).toMatchObject({ done: 1 });
    const some = await letters.redrive(stream, { ids: [letterOf(4), letterOf(2), letterOf(0)] });
    expect(await some.ended()).toMatchObject({ done: 2, skipped: { gone: 1 } });
    await eventually(() => workers.done.length === 3);
    expect(workers.done.toSorted()).toEqual([ids[0], ids[2], ids[4]]);
    const filtered = await letters.redrive(stream, { error: '429', from: letterOf(3) });
    await filtered.ended();
    const order = known.map(([id]) => id);
    const left = await cli.xrange(deadLetterKey(stream), '-', '+');
    for (const [id] of left) expect(order.indexOf(id)).toBeLessThan(order.indexOf(letterOf(3)));
  });

  it('keeps to its rate', async () => {
    const { stream, workers, letters } = await setUp();
    await workers.killTasks(30);
    workers.fails = () => false;
    const startedAt = performance.now();
    const redrive = await letters.redrive(stream, { all: true }, { rate: 20 });
    expect(await redrive.ended()).toMatchObject({ done: 30 });
    // The first part goes at once, and the last one is not waited for.
    expect(performance.now() - startedAt).toBeGreaterThan(1_200);
  });

  it('tells why it would leave letters as they are, and leaves them so', async () => {
    const { stream, workers, cli, letters } = await setUp();
    const ids = await workers.killTasks(4);
    await cli.xdel(stream, ids[1]!);
    await addLetters(cli, stream, 3, (n) => [{ group: 'gone' }, { group: '' }, {}][n]!);
    const life = JSON.stringify({ at: 1, redrives: 1 });
    await addLetters(cli, stream, 1, () => ({ entryId: ids[2]!, more: { '~dead-life': life } }));
    const notEligible = { 'not-in-stream': 2, 'no-group': 2, 'redriven-before': 1 };
    const plan = await letters.planRedrive(stream, { all: true });
    expect(plan).toMatchObject({ eligible: 3, notEligible });
    expect(plan.warnings.join()).toMatch(/1 had been redriven before.*2 have no entry in the stream/);
    workers.fails = () => false;
    const redrive = await letters.redrive(stream, { all: true }, { rate: 0 });
    expect(await redrive.ended()).toMatchObject({ state: 'done', done: 3, skipped: notEligible });
    expect(await cli.xlen(deadLetterKey(stream))).toBe(5);
    expect(await letters.planRedrive(stream, { all: true }, { again: true })).toMatchObject({ eligible: 1 });
  });

  it('by two operators at once moves each letter once, whether they name letters or select them', async () => {
    const { stream, workers, cli, letters } = await setUp();
    const ids = await workers.killTasks(400);
    const letterIds = (await cli.xrange(deadLetterKey(stream), '-', '+')).map(([id]) => id);
    workers.fails = () => false;
    const other = (await startApp({ options: { consume: false } })).get(DeadLetters);
    const first = await letters.redrive(stream, { all: true }, { rate: 0 });
    await expect(other.redrive(stream, { all: true })).rejects.toThrow(OperationActiveError);
    const named = await Promise.all(
      [letters, other].map((each) => each.redrive(stream, { ids: letterIds }, { rate: 0 })),
    );
    const ends = await Promise.all([first, ...named].map((each) => each.ended()));
    const moved = ends.reduce((sum, { done }) => sum + done, 0);
    expect(moved).toBe(400);
    await eventually(() => workers.done.length === 400);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect(workers.done.toSorted()).toEqual(ids.toSorted());
  });
});
