import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connections } from '../../connections/connections.js';
import { type GroupKeys, Keys } from '../../keys.js';
import { GroupCommands } from '../group-commands.js';

let redis: Redis;
let connections: Connections;
let specs = 0;
beforeAll(() => {
  redis = new Redis(process.env.REDIS_URL!);
  connections = new Connections({ connection: process.env.REDIS_URL! }, 'spec');
});
afterAll(() => {
  redis.disconnect();
  connections.close();
});

/** A process that finishes entries and reports them, later or twice, as broken connections and slow answers make it do. */
class Reporter {
  private readonly commands: GroupCommands;
  private settled = 0;
  private known = 0;
  private counted = 0;

  constructor(
    private readonly keys: GroupKeys,
    private readonly name: string,
    private readonly maxEntries: number,
  ) {
    this.commands = new GroupCommands(connections.control(), new Keys(''), {
      stream: keys.stream,
      group: 'g',
      consumer: name,
    });
  }

  /** Redis settles some more; the answer does not come yet. */
  async settle(count: number): Promise<number> {
    if (count === 0) return 0;
    const reply = await redis.xreadgroup('GROUP', 'g', this.name, 'COUNT', count, 'STREAMS', this.keys.stream, '>');
    const ids = ((reply as [string, [string][]][] | null)?.[0]?.[1] ?? []).map(([id]) => id);
    if (ids.length > 0) await redis.xack(this.keys.stream, 'g', ...ids);
    this.settled += ids.length;
    return ids.length;
  }

  /** Begins as a worker does. */
  async begin(): Promise<void> {
    await this.commands.ensure('0-0', false);
  }

  /** The answers to all settlements come. */
  hear(): void {
    this.known = this.settled;
  }

  /** The answers to all settlements come, and are reported. */
  async tell(): Promise<void> {
    this.hear();
    await this.report();
  }

  /** Reports what is known to be finished. What is settled before the report arrives is heard of before its answer. */
  async report({ times = 1, before = async (): Promise<unknown> => undefined } = {}): Promise<void> {
    const finished = this.known;
    await before();
    for (let n = 0; n < times; n++) {
      await this.commands.trimHistory({
        ...{ reporter: this.name, finished, counted: this.counted, maxEntries: this.maxEntries, maxAgeMs: 0 },
        ...{ abandonGroupAfterMs: 0, foreignAfterMs: 0, isStable: true },
      });
    }
    this.counted = finished;
    this.hear();
  }
}

/** A stream of so many entries, and processes of one group that keep so many finished ones. */
async function streamOf(length: number, maxEntries: number, reporters: number) {
  const keys = new Keys('').ofGroup(`spec:{trim-history-${++specs}}`, 'g');
  await redis.del(keys.stream, keys.marks);
  const add = redis.pipeline();
  for (let n = 0; n < length; n++) add.xadd(keys.stream, '*', 'n', n);
  await add.exec();
  await redis.xgroup('CREATE', keys.stream, 'g', '0');
  return {
    keys,
    processes: Array.from({ length: reporters }, (_, n) => new Reporter(keys, `r${n}`, maxEntries)),
  };
}

describe('of what is finished at least so much stays', () => {
  it('where a settlement was unanswered when a report was sent', async () => {
    const { keys, processes } = await streamOf(1_000, 500, 1);
    const [one] = processes as [Reporter];
    await one.settle(400);
    await one.report();
    await one.report();
    await one.settle(200);
    await one.tell();
    expect(await redis.xlen(keys.stream)).toBeGreaterThanOrEqual(500 + 400);
  });

  it('where a settlement and another process’s report come to Redis before a report that was sent earlier', async () => {
    const { keys, processes } = await streamOf(2_000, 500, 2);
    const [one, other] = processes as [Reporter, Reporter];
    for (let n = 0; n < 4; n++) {
      for (const each of processes) {
        await each.settle(10);
        await each.tell();
      }
    }
    await one.settle(10);
    one.hear();
    await one.report({
      before: async () => {
        await one.settle(400);
        for (let n = 0; n < 3; n++) {
          await other.settle(60);
          await other.tell();
        }
      },
    });
    await one.report();
    await other.settle(100);
    await other.tell();
    expect(await redis.xlen(keys.stream)).toBeGreaterThanOrEqual(500 + 1_230);
  });

  it('where another process reports late what it finished before a checkpoint', async () => {
    const { keys, processes } = await streamOf(2_000, 500, 2);
    const [one, late] = processes as [Reporter, Reporter];
    for (let n = 0; n < 4; n++) {
      await late.settle(10);
      await late.tell();
    }
    await late.settle(450);
    for (let n = 0; n < 20; n++) {
      await one.settle(10);
      await one.tell();
    }
    await late.tell();
    await one.settle(10);
    await one.tell();
    expect(await redis.xlen(keys.stream)).toBeGreaterThanOrEqual(500 + 1_300);
  });

  it('whatever is reported when, late or twice; and not much more when all is reported', async () => {
    const MAX = 300;
    const LENGTH = 12_000;
    for (let seed = 1; seed <= 3; seed++) {
      const { keys, processes } = await streamOf(LENGTH, MAX, 3);
      let state = seed;
      const upTo = (limit: number) => (state = (state * 48_271) % 2_147_483_647) % limit;
      let finished = 0;
      while (finished < LENGTH - 1_500) {
        const one = processes[upTo(3)]!;
        const dice = upTo(10);
        if (dice < 4) finished += await one.settle(upTo(120));
        else if (dice < 6) one.hear();
        else {
          const another = processes[upTo(3)]!;
          const before = async () => {
            finished += await one.settle(upTo(120));
            if (another !== one) await another.report();
          };
          await one.report({ times: 1 + upTo(2), before });
        }
        const kept = (await redis.xlen(keys.stream)) - (LENGTH - finished);
        expect(kept, `seed ${seed}, after ${finished}`).toBeGreaterThanOrEqual(Math.min(MAX, finished));
      }
      for (let n = 0; n < 15; n++) {
        for (const one of processes) {
          finished += await one.settle(10);
          await one.tell();
        }
      }
      // Redis removes whole nodes of 100 entries.
      expect((await redis.xlen(keys.stream)) - (LENGTH - finished)).toBeLessThan(2 * MAX + 200);
    }
  });
});

it('workers that end after a report or two have their part in what may go', async () => {
  const { keys } = await streamOf(6_000, 500, 0);
  for (let n = 0; n < 50; n++) {
    const shortLived = new Reporter(keys, `short-lived-${n}`, 500);
    await shortLived.begin();
    await shortLived.settle(100);
    await shortLived.tell();
  }
  const kept = (await redis.xlen(keys.stream)) - 1_000;
  expect(kept).toBeGreaterThanOrEqual(500);
  expect(kept).toBeLessThan(1_500);
});

it('where the mark is an older one than a worker has receipts of, as after a failover, nothing goes too early', async () => {
  const { keys, processes } = await streamOf(8_000, 500, 2);
  const [one, other] = processes as [Reporter, Reporter];
  for (const each of processes) await each.begin();
  await other.settle(10);
  await other.tell();
  const old = (await redis.hget(keys.marks, 'g'))!;
  for (let n = 0; n < 30; n++) {
    await one.settle(100);
    await one.tell();
  }
  await redis.hset(keys.marks, 'g', old);
  await other.settle(10);
  await other.tell();
  const before = await redis.xlen(keys.stream);
  await one.settle(10);
  await one.tell();
  await one.report();
  // What was finished since the old mark was written counts again, and how much of that lies where nobody knows.
  expect(await redis.xlen(keys.stream)).toBe(before);
});

it('with maxEntries 0 what is finished goes at once', async () => {
  const { keys, processes } = await streamOf(1_000, 0, 1);
  const [one] = processes as [Reporter];
  await one.settle(500);
  await one.tell();
  expect(await redis.xlen(keys.stream)).toBeLessThanOrEqual(600);
});
