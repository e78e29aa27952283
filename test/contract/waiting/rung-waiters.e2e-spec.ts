import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type StreamContext, StreamHandler, StreamTasks, UnrecoverableError } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { endTask, ringEars } from '../../support/ended-tasks.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** The wire format of docs/headers.md: the process that waits, in the header `~.keep` of what it adds. */
const WAITER = 'another-host:42:0123abcd';
const STREAM = uniqueStream();

@Controller()
class Worker {
  @StreamHandler(STREAM)
  async work(@Payload() { deed }: { deed: string }, @Ctx() context: StreamContext) {
    if (deed === 'fail') throw new UnrecoverableError('no such image');
    if (deed !== 'wait') return 'done';
    await new Promise((_resolve, reject) => context.signal.addEventListener('abort', () => reject(new Error('over'))));
  }
}

/** All that is rung about tasks of a stream, with the address. */
async function ringsFor(stream: string): Promise<readonly string[]> {
  const rings: string[] = [];
  const subscriber = redisCli();
  subscriber.on('pmessage', (_pattern, channel: string, message: string) => {
    if (message.endsWith(` workers ${stream}`)) rings.push(`${channel} ${message}`);
  });
  await subscriber.psubscribe('nrs:bell:*');
  return rings;
}

/** A worker, and all that is rung about tasks of its stream. */
async function scene() {
  const app = await startApp({ controllers: [Worker] });
  const cli = redisCli();
  const rings = await ringsFor(STREAM);
  const add = async (...fields: string[]) => (await cli.xadd(STREAM, '*', ...fields))!;
  const tasks = app.get(StreamTasks);
  return { cli, rings, add, tasks };
}

/** All that is rung about tasks that nobody runs. */
async function quietScene() {
  const stream = uniqueStream();
  const tasks = (await startApp({})).get(StreamTasks);
  return { stream, cli: redisCli(), rings: await ringsFor(stream), tasks };
}

const ended = (id: string) => `nrs:bell:${WAITER} ended ${id} workers ${STREAM}`;

describe('the process that an entry names is rung, without having asked for it, when its task', () => {
  it.each([
    ['is done', ['deed', 'nothing'], 'completed'],
    ['goes to the dead letter', ['deed', 'fail'], 'dead-lettered'],
    ['cannot be read', ['deed', 'x', '~json:nowhere', ''], 'dead-lettered'],
    ['came too late', ['deed', 'nothing', '~.deadline', '1000'], 'expired'],
    ['has reached its deadline', ['deed', 'wait', '~.deadline', '+300'], 'expired'],
  ])('%s', async (_end, fields, state) => {
    const { add, tasks, rings } = await scene();
    const id = await add(...fields, '~.keep', WAITER);
    await eventually(() => rings.includes(ended(id)));
    expect(await tasks.get(STREAM, id)).toMatchObject({ state });
  });

  it('is cancelled while it runs', async () => {
    const { add, tasks, rings } = await scene();
    const id = await add('deed', 'wait', '~.keep', WAITER);
    await eventually(async () => (await tasks.get(STREAM, id)).state === 'running');
    expect(await tasks.cancel(STREAM, id)).toBe('requested');
    await eventually(() => rings.includes(ended(id)));
    expect(await tasks.get(STREAM, id)).toMatchObject({ state: 'cancelled' });
  });
});

describe('the process that waits from the beginning is rung, without having asked for it, when somebody cancels', () => {
  it('a task that no worker has read', async () => {
    const { stream, cli, rings, tasks } = await quietScene();
    await cli.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
    const id = (await cli.xadd(stream, '*', 'deed', 'nothing', '~.keep', WAITER))!;
    expect(await tasks.cancel(stream, id)).toBe('cancelled');
    await eventually(() => rings.length > 0);
    expect(rings).toEqual([`nrs:bell:${WAITER} ended ${id} workers ${stream}`]);
  });

  it('a task that waits for its retry', async () => {
    const { stream, cli, rings, tasks } = await quietScene();
    const id = (await cli.xadd(stream, '*', 'deed', 'nothing', '~.keep', WAITER))!;
    await cli.xgroup('CREATE', stream, 'workers', '0');
    await cli.xreadgroup('GROUP', 'workers', 'retry-scheduled', 'STREAMS', stream, '>');
    expect(await tasks.cancel(stream, id)).toBe('cancelled');
    await eventually(() => rings.length > 0);
    expect(rings).toEqual([`nrs:bell:${WAITER} ended ${id} workers ${stream}`]);
  });

  it('a task that is not due yet', async () => {
    const { stream, rings, tasks } = await quietScene();
    const result = tasks.run(stream, {}, { delayMs: 60_000 }).catch((error: unknown) => error);
    const id = await eventually(async () => (await tasks.delayed(stream)).tasks[0]?.id);
    expect(await tasks.cancel(stream, id)).toBe('cancelled');
    await eventually(() => rings.some((ring) => ring.endsWith(` ended ${id} workers ${stream}`)));
    expect(await result).toMatchObject({ task: { state: 'cancelled' } });
  });

  it.each(['', 'anybody', 'two words:1:0123abcd', 'gpu:1:0123ABCD', `${'x'.repeat(300)}:1:0123abcd`])(
    'but not what cannot be a process: %.20j',
    async (value) => {
      const { stream, cli, rings, tasks } = await quietScene();
      const id = (await cli.xadd(stream, '*', 'deed', 'nothing', '~.keep', value))!;
      const later = (await cli.xadd(stream, '*', 'deed', 'nothing', '~.keep', WAITER))!;
      for (const one of [id, later]) expect(await tasks.cancel(stream, one)).toBe('cancelled');
      await eventually(() => rings.some((ring) => ring.includes(later)));
      expect(rings.filter((ring) => ring.includes(id))).toEqual([]);
    },
  );
});

it('run does not register to be rung where it is rung soon, and fifty of them ask once', async () => {
  const { url } = await ownRedis('--appendonly', 'no');
  const cli = redisCli(url);
  const app = await startApp({ controllers: [Worker], options: { connection: url } });
  const tasks = app.get(StreamTasks);
  const calls = async (command: string) =>
    Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await cli.info('commandstats'))?.[1] ?? 0);
  const run = () => tasks.run(STREAM, { deed: 'nothing' });
  await run();
  // On a busy machine some take longer than a moment.
  await eventually(async () => {
    await cli.config('RESETSTAT');
    expect(new Set(await Promise.all(Array.from({ length: 50 }, run)))).toEqual(new Set(['done']));
    return (await calls('zadd')) === 0 && (await calls('evalsha')) < 20;
  });
});

it.each(['', 'anybody', '* *', '../../other', 'x'.repeat(100_000), 'a:1:0123abcd\nPUBLISH', '\u0000:1:0123abcd@1ms'])(
  'a header that somebody else wrote so harms nothing: %.20j',
  async (value) => {
    const { add, tasks, rings } = await scene();
    const id = await add('deed', 'nothing', '~.keep', value);
    expect(await tasks.result(STREAM, id)).toBe('done');
    expect(rings.filter((ring) => ring.includes(' ended '))).toEqual([]);
  },
);

/** A run that is awaited, and no worker. */
async function waiting() {
  const stream = uniqueStream();
  const app = await startApp({});
  const cli = redisCli();
  await cli.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
  const result = app.get(StreamTasks).run(stream, {});
  const id = await eventually(async () => (await cli.xrange(stream, '-', '+'))[0]?.[0]);
  return { cli, result, task: { stream, id } };
}

describe('a worker of an earlier version, which rings only who has asked for it, ends', () => {
  it('a task at once: it is found a moment later', async () => {
    const { cli, result, task } = await waiting();
    await endTask(cli, task, { result: '"done"' });
    const before = performance.now();
    expect(await result).toBe('done');
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('a task that has taken its time: by then it was asked to ring', async () => {
    const { cli, result, task } = await waiting();
    const asked = await eventually(async () => (await cli.exists(`{${task.stream}}:workers:ears:${task.id}`)) === 1);
    expect(asked).toBe(true);
    await endTask(cli, task, { result: '"done"' });
    await ringEars(cli, task);
    expect(await result).toBe('done');
  });
});
