import type { StreamHandlerOptions } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { pendingCount } from '../support/pending.js';
import { redisCli } from '../support/redis-cli.js';
import { uniqueStream } from '../support/streams.js';
import { Party, type PartyConfig, type PartyTask, type Version } from './party.js';

/** What an earlier version has. */
const base = (await import(process.env.BASE_LIBRARY!)) as Partial<typeof import('nestjs-redis-streams')>;
const hasTasks = base.StreamTasks !== undefined;
const url = process.env.REDIS_URL!;
const OPTIONS: StreamHandlerOptions = {
  concurrency: 10,
  leaseMs: 2_000,
  retry: { maxDeliveries: 4, backoff: { initialMs: 20, maxMs: 100 } },
};
const VERSIONS: Version[] = ['base', 'current'];
const WITHIN = { timeout: 120_000 };
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

const start = (version: Version, config: Pick<PartyConfig, 'stream'> & Partial<PartyConfig>) =>
  Party.start(version, { url, consumes: true, options: OPTIONS, ...config });

/** Workers of both versions, which add tasks, too. */
async function crew(more: Partial<PartyConfig> = {}, versions = VERSIONS) {
  const stream = more.stream ?? uniqueStream();
  const parties = await Promise.all(versions.map((version) => start(version, { ...more, stream })));
  const of = (version: Version) => parties.find((party) => party.version === version)!;
  return { stream, parties, old: of('base'), current: of('current'), cli: redisCli() };
}

/** Adds so many tasks, by all in turn. */
async function addAll(parties: readonly Party[], count: number, task: (n: number) => Omit<PartyTask, 'n'>) {
  return Promise.all(numbers(count).map((n) => parties[n % parties.length]!.add({ n, ...task(n) })));
}

const finished = (parties: readonly Party[]) => parties.flatMap((party) => party.finished).toSorted((a, b) => a - b);

async function isAllDone({ cli, stream }: { cli: ReturnType<typeof redisCli>; stream: string }): Promise<boolean> {
  const [group] = (await cli.xinfo('GROUPS', stream)) as unknown[][];
  const [last] = await cli.xrevrange(stream, '+', '-', 'COUNT', 1);
  const isRead = !last || group?.[group.indexOf('last-delivered-id') + 1] === last[0];
  return isRead && (await pendingCount(cli, stream)) === 0;
}

describe('while workers of both versions are in one group', WITHIN, () => {
  it('each task is done once, whoever added it and whoever runs it', async () => {
    const { stream, parties, cli } = await crew();
    await addAll(parties, 400, () => ({ workMs: 5 }));
    await eventually(() => isAllDone({ cli, stream }), 60_000);
    expect(finished(parties)).toEqual(numbers(400));
    for (const { finished: some } of parties) expect(some.length).toBeGreaterThan(0);
  });

  it('what fails is done again by either, and what fails for good is one dead letter', async () => {
    const { stream, parties, cli } = await crew();
    await addAll(parties, 200, (n) => ({ fails: n % 4 === 0 ? 99 : n % 3 }));
    await eventually(async () => (await isAllDone({ cli, stream })) && finished(parties).length >= 150, 60_000);
    expect(finished(parties)).toEqual(numbers(200).filter((n) => n % 4 !== 0));
    const letters = await cli.xrange(`{${stream}}:dead`, '-', '+');
    expect(letters.length).toBe(50);
    expect(await cli.zcard(`{${stream}}:workers:retry`)).toBe(0);
  });

  it('what a killed worker leaves behind is done by the other, whichever that is', async () => {
    for (const victim of VERSIONS) {
      const { stream, parties, old, current, cli } = await crew();
      await addAll(parties, 60, () => ({ workMs: 300 }));
      await eventually(() => finished(parties).length > 10);
      await (victim === 'base' ? old : current).kill();
      await eventually(() => isAllDone({ cli, stream }), 60_000);
      expect([...new Set(finished(parties))]).toEqual(numbers(60));
    }
  });

  it('a group that vanishes is restored, and nothing is lost', async () => {
    const { stream, parties, cli } = await crew();
    await addAll(parties, 100, () => ({ workMs: 20 }));
    await eventually(() => finished(parties).length > 30);
    await eventually(async () => (await cli.hlen(`{${stream}}:marks`)) === 1);
    await cli.xgroup('DESTROY', stream, 'workers');
    await addAll(parties, 100, (n) => ({ workMs: 20, ...(n % 2 === 0 && { fails: 1 }) }));
    await eventually(async () => (await isAllDone({ cli, stream })) && finished(parties).length >= 200, 60_000);
    expect([...new Set(finished(parties))]).toEqual(numbers(100));
  });
});

it('a fleet is replaced, one worker after the other, and back again: each task is done once', WITHIN, async () => {
  const { stream, parties, cli } = await crew({}, ['base', 'base']);
  const all = [...parties];
  let added = 0;
  const isOver = new AbortController();
  const adding = (async () => {
    while (!isOver.signal.aborted) {
      const live = parties[added % parties.length]!;
      await live.add({ n: added, workMs: 20, ...(added % 5 === 0 && { fails: 1 }) });
      added++;
    }
  })();
  for (const version of ['current', 'base'] as const) {
    for (const place of [0, 1]) {
      const next = await start(version, { stream });
      all.push(next);
      const leaving = parties[place]!;
      parties[place] = next;
      // What it was told to add last is answered.
      await eventually(() => finished([next]).length > 20, 30_000);
      await leaving.stop();
    }
  }
  isOver.abort();
  await adding;
  await eventually(() => isAllDone({ cli, stream }), 60_000);
  expect(finished(all)).toEqual(numbers(added));
});

describe.skipIf(!hasTasks)('where both versions know tasks', WITHIN, () => {
  it('results are kept by either and got by either', async () => {
    const { stream, parties } = await crew({ options: { ...OPTIONS, result: {} } });
    const ids = await addAll(parties, 60, (n) => ({ fails: n % 2 }));
    for (const [n, id] of ids.entries()) {
      for (const party of parties) expect(await party.tell('result', id)).toMatchObject({ n });
    }
    const ran = await Promise.all(parties.map((party) => party.tell('run', { n: 1_000 })));
    expect(ran).toEqual([expect.objectContaining({ n: 1_000 }), expect.objectContaining({ n: 1_000 })]);
    expect(await redisCli().xlen(stream)).toBe(62);
  });

  it('run gets its result where the handler keeps none by itself', async () => {
    const { parties } = await crew();
    const all = numbers(80).map((n) => parties[n % 2]!.tell('run', { n }) as Promise<{ n: number; by: string }>);
    const results = await Promise.all(all);
    expect(results.map(({ n }) => n)).toEqual(numbers(80));
    expect(new Set(results.map(({ by }) => by))).toEqual(new Set(VERSIONS));
  });

  it('what either streams, either watches', async () => {
    const { parties } = await crew({ streams: true, options: OPTIONS });
    const ids = await addAll(parties, 16, () => ({ chunks: 50 }));
    const texts = await Promise.all(ids.flatMap((id) => parties.map((party) => party.tell('watch', id))));
    const expected = numbers(16).map((n) => ({
      text: numbers(50).map((i) => `${n}.${i} `).join(''), // prettier-ignore
      state: 'completed',
    }));
    expect(texts).toEqual(expected.flatMap((one) => [one, one]));
  });

  it('what either cancels is cancelled, whether it waits or runs', async () => {
    const { parties, stream } = await crew({ options: { ...OPTIONS, concurrency: 5 } });
    const ids = await addAll(parties, 30, () => ({ workMs: 60_000 }));
    const states = () => Promise.all(ids.map((id) => parties[0]!.tell('get', id) as Promise<{ state: string }>));
    await eventually(async () => (await states()).filter(({ state }) => state === 'running').length === 10);
    const outcomes = await Promise.all(ids.map((id, n) => parties[n % 2]!.tell('cancel', id)));
    expect(new Set(outcomes)).toEqual(new Set(['requested', 'cancelled']));
    await eventually(async () => (await states()).every(({ state }) => state === 'cancelled'), 20_000);
    expect(await pendingCount(redisCli(), stream)).toBe(0);
    expect(finished(parties)).toEqual([]);
  });

  it('what is not done by its deadline expires', async () => {
    const { parties } = await crew({ options: { ...OPTIONS, concurrency: 1 } });
    const all = numbers(8).map((n) => parties[n % 2]!.add({ n, workMs: 60_000 }, { ttlMs: 1_500 }));
    const ids = await Promise.all(all);
    const states = () => Promise.all(ids.map((id) => parties[1]!.tell('get', id) as Promise<{ state: string }>));
    await eventually(async () => (await states()).every(({ state }) => state === 'expired'), 20_000);
  });
});

it.skipIf(hasTasks)('run ends, without a result, where an earlier worker has done the task', WITHIN, async () => {
  const { stream, old } = await crew({}, ['base']);
  const asking = await start('current', { stream, consumes: false });
  const all = numbers(5).map((n) => asking.tell('run', { n }));
  expect(await Promise.all(all)).toEqual(numbers(5).map(() => undefined));
  expect(finished([old])).toEqual(numbers(5));
});

describe('what only the newer version knows', WITHIN, () => {
  it('delayed tasks enter once, and either runs them', async () => {
    const { stream, current, parties, cli } = await crew();
    await Promise.all(numbers(100).map((n) => current.add({ n }, { delayMs: 500 + 10 * n })));
    await eventually(async () => (await cli.zcard(`{${stream}}:delayed`)) === 0, 60_000);
    await eventually(() => isAllDone({ cli, stream }), 60_000);
    expect(finished(parties)).toEqual(numbers(100));
    for (const { finished: some } of parties) expect(some.length).toBeGreaterThan(0);
  });

  it('delayed tasks enter though only earlier workers are left, as long as their producer lives', async () => {
    const { stream, old, cli } = await crew({}, ['base']);
    const producer = await start('current', { stream, consumes: false });
    await Promise.all(numbers(20).map((n) => producer.add({ n }, { delayMs: 300 })));
    await eventually(async () => old.finished.length === 20 && (await isAllDone({ cli, stream })), 30_000);
    expect(finished([old])).toEqual(numbers(20));
  });

  it('what is forwarded is run once, by either, on the same slot and on another', async () => {
    for (const isNear of [true, false]) {
      const source = isNear ? `{${uniqueStream()}}:a` : uniqueStream();
      const target = isNear ? source.replace(':a', ':b') : uniqueStream();
      const sources = await start('current', { stream: source });
      const { parties, cli } = await crew({ stream: target });
      await addAll([sources], 100, (n) => ({ forwardsTo: target, ...(n % 3 === 0 && { fails: 1 }) }));
      await eventually(
        async () => finished(parties).length >= 100 && (await isAllDone({ cli, stream: target })),
        60_000,
      );
      expect(finished(parties)).toEqual(numbers(100));
    }
  });

  it('tasks with an idempotency key are one, and either runs them', async () => {
    const { stream, current, parties, cli } = await crew();
    const add = (n: number) => current.add({ n }, { idempotency: { key: `k${n}`, ttlMs: 60_000 } });
    const first = await Promise.all(numbers(50).map(add));
    expect(await Promise.all(numbers(50).map(add))).toEqual(first);
    await eventually(() => isAllDone({ cli, stream }), 60_000);
    expect(finished(parties)).toEqual(numbers(50));
  });

  it('an entry of an earlier producer is run as ever', async () => {
    const { stream, current, cli } = await crew({}, ['current']);
    const producer = await start('base', { stream, consumes: false });
    await addAll([producer], 50, () => ({}));
    await eventually(() => isAllDone({ cli, stream }), 30_000);
    expect(finished([current])).toEqual(numbers(50));
  });
});

/** Tasks that have died, and would not any more. */
async function deadTasks(parties: readonly Party[], stream: string, { count = 40, ttlMs = 0 } = {}) {
  const cli = redisCli();
  const add = (n: number) => parties[n % parties.length]!.add({ n, isSick: true }, ttlMs > 0 ? { ttlMs } : {});
  const expiresAt = Date.now() + ttlMs;
  const ids = await Promise.all(numbers(count).map(add));
  await eventually(async () => (await cli.xlen(`{${stream}}:dead`)) === count, 30_000);
  await Promise.all(parties.map((party) => party.tell('heal')));
  await eventually(() => Date.now() > expiresAt, ttlMs + 1_000);
  return ids;
}

describe('what a new version redrives and replays', WITHIN, () => {
  it('is run once more, by workers of either version, and no letter is lost', async () => {
    const { stream, current, parties, cli } = await crew();
    await deadTasks(parties, stream);
    expect(await current.tell('redrive', { all: true }, { rate: 0 })).toMatchObject({ state: 'done', done: 40 });
    await eventually(() => finished(parties).length >= 40, 30_000);
    await eventually(() => isAllDone({ cli, stream }), 30_000);
    expect(finished(parties)).toEqual(numbers(40));
    expect(await cli.xlen(`{${stream}}:dead`)).toBe(0);

    expect(await current.tell('replay', { all: true }, { rate: 0 })).toMatchObject({ state: 'done', done: 40 });
    await eventually(() => finished(parties).length >= 80, 30_000);
    expect(finished(parties)).toEqual(numbers(40).flatMap((n) => [n, n]));
  });

  it('is run by workers of an earlier version alone, and what these leave known of lives is in nobody’s way', async () => {
    const { stream, old, cli } = await crew({}, ['base']);
    const operator = await start('current', { stream, consumes: false });
    await deadTasks([old], stream);
    expect(await operator.tell('redrive', { all: true }, { rate: 0 })).toMatchObject({ done: 40 });
    const areDone = async (runs: number) => finished([old]).length === runs && (await pendingCount(cli, stream)) === 0;
    await eventually(() => areDone(40), 30_000);
    for (const round of [2, 3]) {
      expect(await operator.tell('replay', { all: true }, { rate: 0 })).toMatchObject({ done: 40 });
      await eventually(() => areDone(round * 40), 30_000);
    }
  });

  it.skipIf(!hasTasks)(
    'has its deadline anew with a new worker; an earlier one goes by that of its entry, as docs/dead-letters.md says',
    async () => {
      for (const version of VERSIONS) {
        const { stream, parties } = await crew({}, [version]);
        const operator = await start('current', { stream, consumes: false });
        const [id] = await deadTasks(parties, stream, { count: 1, ttlMs: 6_000 });
        await operator.tell('redrive', { all: true }, { rate: 0 });
        const look = async () => ((await operator.tell('get', id)) as { state: string }).state;
        await eventually(async () => !['waiting', 'running'].includes(await look()), 20_000);
        const state = await look();
        expect({ version, state, ran: finished(parties) }).toEqual(
          version === 'current'
            ? { version, state: expect.stringMatching(/completed|finished/), ran: [0] }
            : { version, state: 'expired', ran: [] },
        );
      }
    },
  );
});
