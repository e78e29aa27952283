import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { endTask, ringEars } from '../../support/ended-tasks.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const WAITS = 10_000;
const MOST_BYTES = 20_000_000;
const LEFT_BYTES = 3_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function heapUsed(): Promise<number> {
  // What has just settled is let go of in the next turns.
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

it('10,000 waits at once take less than 20 MB, and leave nothing behind', { timeout: 60_000 }, async () => {
  const stream = uniqueStream();
  const app = await startApp({});
  const cli = redisCli();
  await cli.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
  const tasks = app.get(StreamTasks);
  const ids = await app.producer.addBulk(
    stream,
    Array.from({ length: WAITS + 1 }, () => ({ payload: {} })),
  );
  const last = { stream, id: ids.pop()! };
  const { signal } = new AbortController();
  // All that is made with the first wait is no cost of the others.
  const first = tasks.result(stream, last.id);
  await eventually(() => ringEars(cli, last));
  const before = { heap: await heapUsed(), timers: timers() };

  let all: Promise<unknown>[] | undefined = ids.map((id) => tasks.result(stream, id, { timeoutMs: 120_000, signal }));
  await eventually(() => ringEars(cli, { stream, id: ids.at(-1)! }), 30_000);
  // On a busy machine some answers are still on their way.
  expect(await eventually(async () => (await heapUsed()) - before.heap < MOST_BYTES)).toBe(true);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  expect(timers()).toBeLessThanOrEqual(before.timers + 1);

  await Promise.all(
    ids.map(async (id) => {
      await endTask(cli, { stream, id }, { result: '"done"' });
      await ringEars(cli, { stream, id });
    }),
  );
  expect(new Set(await Promise.all(all))).toEqual(new Set(['done']));
  all = undefined;
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  expect(await eventually(async () => (await heapUsed()) - before.heap < LEFT_BYTES)).toBe(true);
  expect(timers()).toBeLessThanOrEqual(before.timers + 1);
  const ears = await cli.pttl(`{${stream}}:workers:ears:${ids[0]!}`);
  expect(ears).toBeGreaterThan(0);
  expect(ears).toBeLessThanOrEqual(60_000);

  await endTask(cli, last, { result: '1' });
  await ringEars(cli, last);
  expect(await first).toBe(1);
});
