import { DeadLetters, OperationActiveError, StreamOperations } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { addLetters, lettersLeft } from '../../support/dead-letters.js';
import { deadLetterKey } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

async function setUp() {
  const app = await startApp({ options: { consume: false } });
  return {
    stream: uniqueStream('purge'),
    cli: redisCli(),
    letters: app.get(DeadLetters),
    operations: app.get(StreamOperations),
  };
}

describe('a purge', () => {
  it('deletes what was selected, all of it and nothing else, and says so', async () => {
    const { stream, cli, letters, operations } = await setUp();
    await addLetters(cli, stream, 1_200, (n) => ({ error: n % 3 === 0 ? 'RateLimitError: 429' : 'Error: other' }));
    const plan = await letters.planPurge(stream, { error: 'ratelimit' });
    expect(plan).toMatchObject({ kind: 'purge', eligible: 400, notEligible: {} });
    expect(plan.sample).toHaveLength(5);
    expect(await cli.xlen(deadLetterKey(stream))).toBe(1_200);

    const purge = await letters.purge(stream, { error: 'ratelimit' }, { by: 'ana', reason: 'the model is back' });
    const end = await purge.ended();
    expect(end).toMatchObject({ state: 'done', done: 400, by: 'ana', reason: 'the model is back', kind: 'purge' });
    const left = await lettersLeft(cli, stream);
    expect(left).toHaveLength(800);
    expect(left.some((n) => n % 3 === 0)).toBe(false);
    expect(await operations.list(stream)).toEqual([end]);
    expect(await operations.get(stream, purge.id)).toEqual(end);
    const ttl = await cli.pttl(`{${stream}}:operations:${purge.id}`);
    expect(ttl).toBeGreaterThan(6.9 * 24 * 3_600_000);
    expect(await cli.pttl(`{${stream}}:operations`)).toBeGreaterThan(6.9 * 24 * 3_600_000);
    expect(await cli.exists(`{${stream}}:operations:active`)).toBe(0);
  });

  it('never touches letters that came after it was started, nor after its plan where it is given', async () => {
    const { stream, cli, letters } = await setUp();
    await addLetters(cli, stream, 20);
    const { upTo } = await letters.planPurge(stream, { all: true });
    await addLetters(cli, stream, 5);
    const planned = await letters.purge(stream, { all: true, upTo });
    expect(await planned.ended()).toMatchObject({ state: 'done', done: 20 });
    expect(await cli.xlen(deadLetterKey(stream))).toBe(5);
    const slow = await letters.purge(stream, { all: true }, { rate: 10 });
    await addLetters(cli, stream, 3);
    expect(await slow.ended()).toMatchObject({ state: 'done', done: 5 });
    expect(await cli.xlen(deadLetterKey(stream))).toBe(3);
  });

  it('of the letters that are named deletes those that are there, beside another purge', async () => {
    const { stream, cli, letters } = await setUp();
    const ids = await addLetters(cli, stream, 10);
    const slow = await letters.purge(stream, { group: 'nobody' }, { rate: 1 });
    const named = await letters.purge(stream, { ids: [ids[3]!, ids[1]!, '5-5', ids[3]!] });
    expect(await named.ended()).toMatchObject({ state: 'done', done: 2, skipped: { gone: 1 } });
    expect(await lettersLeft(cli, stream)).toEqual([0, 2, 4, 5, 6, 7, 8, 9]);
    await slow.ended();
  });

  it('goes on alone of its kind, is cancelled in the middle, and goes on from there when it is resumed', async () => {
    const { stream, cli, letters, operations } = await setUp();
    await addLetters(cli, stream, 40);
    const first = await letters.purge(stream, { all: true }, { rate: 20, by: 'ana' });
    const second = letters.purge(stream, { all: true });
    await expect(second).rejects.toThrow(OperationActiveError);
    await expect(second).rejects.toThrow(/goes on already \(op_.*started by ana\)/);
    const cancelled = await operations.cancel(stream, first.id, { reason: 'wrong stream' });
    expect(cancelled).toMatchObject({ state: 'cancelled', why: 'wrong stream' });
    const left = await cli.xlen(deadLetterKey(stream));
    expect(left).toBeGreaterThan(0);
    expect(left + cancelled!.done).toBe(40);
    expect(await first.ended()).toEqual(cancelled);
    expect(await cli.xlen(deadLetterKey(stream))).toBe(left);

    await operations.resume(stream, first.id);
    expect(await first.ended()).toMatchObject({ state: 'done', done: 40, why: undefined });
    expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
  });

  it('refuses a selection that selects nothing, or is wrong, before anything is done', async () => {
    const { stream, cli, letters, operations } = await setUp();
    await addLetters(cli, stream, 1);
    await expect(letters.purge(stream, {})).rejects.toThrow(/selection of purge\('.*'\) is empty.*\{ all: true \}/);
    await expect(letters.purge(stream, { all: true, group: 'a' })).rejects.toThrow(/says all, and which/);
    await expect(letters.purge(stream, { gruop: 'a' } as never)).rejects.toThrow(/Did you mean 'group'/);
    await expect(letters.purge(stream, { ids: ['nonsense'] })).rejects.toThrow(/got "nonsense"/);
    await expect(letters.purge(stream, { all: true }, { rate: -1 })).rejects.toThrow(/rate must be how many a second/);
    await expect(operations.get(stream, 'x')).rejects.toThrow(/'op_' and 16 characters/);
    expect(await operations.get(stream, 'op_0123456789abcdef')).toBeUndefined();
    expect(await operations.cancel(stream, 'op_0123456789abcdef')).toBeUndefined();
    expect(await operations.list(stream)).toEqual([]);
    expect(await cli.xlen(deadLetterKey(stream))).toBe(1);
  });

  it('of no letters is done at once', async () => {
    const { stream, letters } = await setUp();
    const purge = await letters.purge(stream, { all: true });
    expect(await purge.ended()).toMatchObject({ state: 'done', done: 0 });
  });
});
