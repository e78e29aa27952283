import { Controller } from '@nestjs/common';
import { DeadLetters, StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { addLetters, type LetterFields } from '../../support/dead-letters.js';
import { deadLetters } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const LETTERS: readonly LetterFields[] = [
  { error: 'RateLimitError: 429 for request 1784-2244', more: { '~tenant': 'a' } },
  { error: 'RateLimitError: 429 for request 1784-9921', more: { '~tenant': 'b' } },
  { error: 'Error: no such document', group: 'audit' },
  { error: 'SyntaxError: Unexpected token', reason: 'undecodable', more: { '~tenant': 'a' } },
];

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function setUp() {
  const stream = uniqueStream('letters');
  const cli = redisCli();
  const app = await startApp({ options: { consume: false } });
  const letters = app.get(DeadLetters);
  const ids = await addLetters(cli, stream, LETTERS.length, (n) => LETTERS[n]!);
  const found = async (...options: Parameters<typeof letters.list>[1][]) => {
    const listed = await all(letters.list(stream, ...options));
    return listed.map(({ id }) => ids.indexOf(id));
  };
  return { stream, cli, letters, ids, found };
}

describe('dead letters', () => {
  it('are listed by what is said of them, where all of it holds', async () => {
    const { ids, found } = await setUp();
    expect(await found()).toEqual([0, 1, 2, 3]);
    expect(await found({ group: 'audit' })).toEqual([2]);
    expect(await found({ reason: 'undecodable' })).toEqual([3]);
    expect(await found({ error: 'ratelimiterror: 429' })).toEqual([0, 1]);
    expect(await found({ headers: { tenant: 'a' } })).toEqual([0, 3]);
    expect(await found({ headers: { tenant: 'a' }, reason: 'max-deliveries' })).toEqual([0]);
    expect(await found({ ids: [ids[2]!, ids[1]!, '1-1'] })).toEqual([1, 2]);
    expect(await found({ ids, from: ids[1], to: ids[2] })).toEqual([1, 2]);
    expect(await found({ from: ids[3] })).toEqual([3]);
    expect(await found({ to: new Date(Date.now() - 60_000) })).toEqual([]);
    expect(await found({ from: new Date(Date.now() - 60_000), limit: 2 })).toEqual([0, 1]);
    expect(await found({ olderThanMs: 60_000 })).toEqual([]);
    expect(await found({ redriven: true })).toEqual([]);
    expect(await found({ redriven: false })).toEqual([0, 1, 2, 3]);
  });

  it('are walked through in pages', async () => {
    const { stream, cli, letters } = await setUp();
    await addLetters(cli, stream, 250, () => ({ group: 'many' }));
    expect(await all(letters.list(stream, { group: 'many' }))).toHaveLength(250);
    const { causes, scanned, isComplete } = await letters.summary(stream, { limit: 300 });
    expect({ scanned, isComplete, count: causes[0]!.count }).toEqual({ scanned: 254, isComplete: true, count: 250 });
  });

  it('are summed up by what they died of, whatever differs from task to task', async () => {
    const { stream, letters } = await setUp();
    const { causes, isComplete } = await letters.summary(stream);
    expect(isComplete).toBe(true);
    expect(causes.map(({ count, group, reason, error }) => ({ count, group, reason, error }))).toEqual([
      { count: 2, group: 'workers', reason: 'max-deliveries', error: 'RateLimitError: 429 for request …-…' },
      { count: 1, group: 'audit', reason: 'max-deliveries', error: 'Error: no such document' },
      { count: 1, group: 'workers', reason: 'undecodable', error: 'SyntaxError: Unexpected token' },
    ]);
    expect(causes[0]!.oldest.getTime()).toBeLessThanOrEqual(causes[0]!.newest.getTime());
    expect((await letters.summary(stream, { group: 'audit' })).causes).toHaveLength(1);
  });

  it('are got by their id, with their payload; one that is gone is none', async () => {
    const stream = uniqueStream('letters');
    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle() {
        throw new UnrecoverableError('no such model');
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const id = await app.producer.add(stream, { tokens: 5 }, { headers: { tenant: 'a' } });
    const [letter] = await deadLetters(redisCli(), stream);
    const letters = app.get(DeadLetters);
    expect(await letters.get(stream, letter!.id)).toMatchObject({
      id: letter!.id,
      reason: 'unrecoverable',
      group: 'workers',
      entry: { id, payload: { tokens: 5 }, headers: { tenant: 'a' } },
    });
    expect(await letters.get(stream, '1-1')).toBeUndefined();
    await expect(letters.get(stream, 'nonsense')).rejects.toThrow(/got "nonsense"/);
    await expect(letters.list(stream, { group: '' }).next()).rejects.toThrow(/group must be a text/);
  });
});
