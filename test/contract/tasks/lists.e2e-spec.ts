import type { Redis } from 'ioredis';
import { type ListedState, RedisStreamsConfigError, StreamTasks, type TaskInfo } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** Follows every `next` to the end. */
async function listed(tasks: StreamTasks, stream: string, state: ListedState, limit: number): Promise<TaskInfo[]> {
  const found: TaskInfo[] = [];
  let from: string | undefined;
  do {
    const page = await tasks.list(stream, { state, limit, from });
    expect(page.tasks.length).toBeLessThanOrEqual(limit);
    found.push(...page.tasks);
    from = page.next;
  } while (from !== undefined);
  return found;
}

type Kind = 'completed' | 'cancelled' | 'dead-lettered' | 'running' | 'retry-scheduled' | 'postponed' | 'waiting';

/** Tasks in turn of each kind that a group has read, then some that it has not, as a worker in any language leaves them. */
async function scene(cli: Redis, stream: string, count: number): Promise<Map<Kind, string[]>> {
  const kinds: Kind[] = ['completed', 'cancelled', 'dead-lettered', 'running', 'retry-scheduled', 'postponed'];
  const ids = new Map<Kind, string[]>([...kinds, 'waiting' as const].map((kind) => [kind, []]));
  const beside = `{${stream}}:workers`;
  await cli.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
  for (let n = 0; n < count; n++) {
    const kind = kinds[n % kinds.length]!;
    const id = (await cli.xadd(stream, '*', 'n', n))!;
    ids.get(kind)!.push(id);
    const call = cli.pipeline();
    call.xreadgroup('GROUP', 'workers', 'gpu@30000ms', 'COUNT', 1, 'STREAMS', stream, '>');
    if (['completed', 'cancelled', 'dead-lettered'].includes(kind)) call.xack(stream, 'workers', id);
    if (kind === 'cancelled' || kind === 'dead-lettered') call.hset(`${beside}:task:${id}`, 'state', kind);
    if (kind === 'dead-lettered') {
      for (const group of ['workers', 'others']) {
        call.xadd(`{${stream}}:dead`, '*', 'n', n, '~dead-group', group, '~dead-id', id, '~dead-error', `Error: ${n}`);
      }
    }
    if (kind === 'retry-scheduled' || kind === 'postponed') {
      call.xclaim(stream, 'workers', 'retry-scheduled', 0, id, 'RETRYCOUNT', 2, 'JUSTID');
      call.zadd(`${beside}:retry`, Date.now() + 3_600_000, id);
      const reason = kind === 'postponed' ? kind : 'failure';
      call.hset(`${beside}:task:${id}`, 'reason', reason, 'error', `Error: ${n}`);
    }
    await call.exec();
  }
  for (let n = 0; n < count / 4; n++) ids.get('waiting')!.push((await cli.xadd(stream, '*', 'n', n))!);
  return ids;
}

describe('a list of tasks in a state', () => {
  it('holds each of them once, in order, whatever the size of its pages', async () => {
    const stream = uniqueStream();
    const tasks = (await startApp({})).get(StreamTasks);
    const ids = await scene(redisCli(), stream, 600);
    const expected: Record<ListedState, string[]> = {
      waiting: [...ids.get('postponed')!, ...ids.get('waiting')!],
      running: ids.get('running')!,
      'retry-scheduled': ids.get('retry-scheduled')!,
      completed: ids.get('completed')!,
      'dead-lettered': ids.get('dead-lettered')!,
    };
    for (const state of Object.keys(expected) as ListedState[]) {
      for (const limit of [49, 150, 1_000]) {
        const found = await listed(tasks, stream, state, limit);
        expect(found.map(({ id }) => id)).toEqual(expected[state]);
        expect(new Set(found.map((task) => task.state))).toEqual(new Set([state]));
      }
    }
    const scheduled = await tasks.list(stream, { state: 'retry-scheduled', limit: 1 });
    expect(scheduled.tasks).toMatchObject([{ stream, group: 'workers', lastError: 'Error: 4', deliveryCount: 2 }]);
    expect(scheduled.next).toBe(expected['retry-scheduled'][1]);
    const [dead] = (await tasks.list(stream, { state: 'dead-lettered', limit: 1 })).tasks;
    expect(dead).toMatchObject({ error: 'Error: 2', reason: 'unknown', deadLetterId: expect.any(String) });
    expect(dead!.endedAt!.getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  it('is empty without a stream or a group, and all waits before there is one', async () => {
    const cli = redisCli();
    const stream = uniqueStream();
    const app = await startApp({});
    const tasks = app.get(StreamTasks);
    const states: ListedState[] = ['waiting', 'running', 'retry-scheduled', 'completed', 'dead-lettered'];
    for (const state of states) expect(await tasks.list(stream, { state })).toEqual({ tasks: [], next: undefined });
    const id = await app.producer.add(stream, {});
    expect(await tasks.list(stream, { state: 'waiting' })).toMatchObject({ tasks: [{ id, state: 'waiting' }] });
    await cli.xgroup('CREATE', stream, 'others', '0');
    for (const state of states) expect(await tasks.list(stream, { state })).toEqual({ tasks: [], next: undefined });
  });

  it('of what completed long ago says that it has ended', async () => {
    const cli = redisCli();
    const stream = uniqueStream();
    const tasks = (await startApp({})).get(StreamTasks);
    await cli.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
    await cli.xadd(stream, '1700000000000-0', 'n', 1);
    await cli.xreadgroup('GROUP', 'workers', 'gpu', 'COUNT', 1, 'NOACK', 'STREAMS', stream, '>');
    expect(await tasks.list(stream, { state: 'completed' })).toMatchObject({ tasks: [{ state: 'finished' }] });
  });

  it.each<[object | undefined, RegExp]>([
    [undefined, /list\('s'\): state must be one of waiting, running, .*, got undefined/],
    [{ state: 'done' }, /list\('s'\): state must be one of .*, got "done"/],
    [{ state: 'running', limit: 1_001 }, /limit must be a whole number, 1 to 1000, got 1001/],
    [{ state: 'running', limit: 0 }, /limit must be/],
    [{ state: 'running', from: 'yesterday' }, /list\('s'\): from: a task id is what add returned/],
    [{ state: 'running', grup: 'x' }, /Unknown option 'grup' in the options of list\('s'\). Did you mean 'group'/],
    [{ state: 'running', group: '' }, /group must be a string of 1 to 256 characters/],
  ])('refuses the options %j', async (options, message) => {
    const stream: string = 's';
    const tasks = (await startApp({})).get(StreamTasks);
    const error = await tasks.list(stream, options as never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RedisStreamsConfigError);
    expect((error as Error).message).toMatch(message);
  });
});
