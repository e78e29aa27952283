import { StreamTasks, type TaskEvent } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';
import { startWorker } from '../../support/worker-process.js';

/** Of tests that start several processes: on a busy machine each takes long to start. */
const LONG = { timeout: 60_000 };

const text = (count: number) => Array.from({ length: count }, (_, n) => `token ${n}`);

/** Adds a task from a process that consumes nothing, and watches it there. */
async function watched(stream: string, url?: string) {
  const app = await startApp({ options: { consume: false, connection: url } });
  const tasks = app.get(StreamTasks);
  const id = await app.producer.add(stream, { n: 1 });
  const events: TaskEvent[] = [];
  tasks.watch(stream, id).subscribe((event) => events.push(event));
  const chunks = (of: readonly TaskEvent[] = events) =>
    of.flatMap((event) => (event.type === 'chunk' ? [event.value] : []));
  return {
    ...{ id, tasks, events, chunks },
    restarts: () => events.filter(({ type }) => type === 'restart').length,
    sinceRestart: () => chunks(events.slice(events.findLastIndex(({ type }) => type === 'restart') + 1)),
    ended: () => eventually(() => events.at(-1)?.type === 'end', 20_000),
  };
}

it('a worker that is killed in mid-stream: watchers are told to start over, and get the whole text', LONG, async () => {
  const stream = uniqueStream('streaming');
  const options = { leaseMs: 1_000 };
  const victim = await startWorker({ stream, options, tokens: 1_000, taskMs: 5 });
  const { chunks, restarts, sinceRestart, ended, events } = await watched(stream);
  await eventually(() => chunks().length > 50);
  await victim.kill();
  await startWorker({ stream, options, tokens: 300 });
  await ended();
  expect(restarts()).toBe(1);
  expect(sinceRestart()).toEqual(text(300));
  expect(events.at(-1)).toMatchObject({ task: { state: 'completed', result: 300 } });
});

it('a worker that was frozen beyond its lease adds no chunk and no result once it wakes', LONG, async () => {
  const stream = uniqueStream('streaming');
  const options = { leaseMs: 1_000 };
  const frozen = await startWorker({ stream, options, tokens: 500, taskMs: 5 });
  const { id, tasks, chunks, sinceRestart, ended } = await watched(stream);
  await eventually(() => chunks().length > 50);
  frozen.signal('SIGSTOP');
  const heir = await startWorker({ stream, options, tokens: 300 });
  await ended();
  expect(heir.finished(id).length).toBe(1);
  const cli = redisCli();
  const output = () => cli.xrange(`{${stream}}:workers:out:${id}`, '-', '+');
  const before = await output();

  frozen.signal('SIGCONT');
  // It is told with its next renewal or flush, and its generator is stopped.
  await eventually(() => frozen.logged(/lost its lease/));
  expect(await output()).toEqual(before);
  expect(sinceRestart()).toEqual(text(300));
  expect(await tasks.get(stream, id)).toMatchObject({ state: 'completed', result: 300 });
});

it('a flush whose answer is lost appends nothing twice', async () => {
  const stream = uniqueStream('streaming');
  const redis = await ownRedis();
  const proxy = await tcpProxy(redis.port);
  await startWorker({ stream, tokens: 400, taskMs: 5, url: `redis://127.0.0.1:${proxy.port}` });
  const { chunks, restarts, ended } = await watched(stream, redis.url);
  for (const count of [50, 150, 250]) {
    await eventually(() => chunks().length > count);
    // What Redis answers from now on is lost, and so are the connections: it has done it all the same.
    proxy.halfOpen();
  }
  await ended();
  expect(restarts()).toBe(0);
  expect(chunks()).toEqual(text(400));
});
