import { Controller } from '@nestjs/common';
import {
  RedisStreamsConfigError,
  StreamHandler,
  StreamTasks,
  type TaskInfo,
  type TaskState,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

/** Two groups of one stream: `workers` waits at a gate, `auditors` returns at once. And a process that only asks. */
async function twoGroups() {
  const stream = uniqueStream();
  const gate = deferred();

  @Controller()
  class Workers {
    @StreamHandler(stream)
    handle() {
      return gate.promise;
    }

    @StreamHandler(stream, { group: 'auditors' })
    async audit() {}
  }
  const app = await startApp({ controllers: [Workers] });
  const asking = await startApp({});
  const tasks = asking.get(StreamTasks);
  const reaches = async <S extends TaskState>(id: string, state: S, group?: string) =>
    (await eventually(async () => {
      const task = await tasks.get(stream, id, { group });
      return task.state === state && task;
    })) as Extract<TaskInfo, { state: S }>;
  return { stream, gate, tasks, reaches, add: () => app.producer.add(stream, {}) };
}

describe('the state of a task', () => {
  it('is told to any process, of each group by itself', async () => {
    const { stream, gate, tasks, reaches, add } = await twoGroups();
    const id = await add();
    const running = await reaches(id, 'running');
    expect(running).toMatchObject({ stream, group: 'workers', id, deliveryCount: 1 });
    expect(running.consumer).toMatch(/@30000ms$/);
    expect(running.renewedMsAgo).toBeLessThan(30_000);
    await reaches(id, 'completed', 'auditors');
    expect(await tasks.get(stream, id)).toMatchObject({ state: 'running' });
    gate.resolve();
    expect(await reaches(id, 'completed')).toMatchObject({ hasResult: false, result: undefined });
  });

  it('of one that nobody has read is waiting, also before there is a group', async () => {
    const stream = uniqueStream();
    const app = await startApp({});
    const tasks = app.get(StreamTasks);
    const id = await app.producer.add(stream, {});
    expect(await tasks.get(stream, id)).toEqual({ stream, group: 'workers', id, state: 'waiting' });
    expect(await tasks.get(stream, id, { group: 'any' })).toMatchObject({ state: 'waiting', group: 'any' });
  });

  it('of one whose worker was killed is running until its lease ends, and then as the next worker has it', async () => {
    const stream = uniqueStream();
    const gate = deferred();

    @Controller()
    class Heir {
      @StreamHandler(stream, { leaseMs: 1_000 })
      handle() {
        return gate.promise;
      }
    }
    const victim = await startWorker({ stream, options: { leaseMs: 1_000 }, taskMs: 60_000 });
    const app = await startApp({});
    const tasks = app.get(StreamTasks);
    const id = await app.producer.add(stream, {});
    await eventually(() => victim.started(id).length > 0);
    await startApp({ controllers: [Heir], options: { blockMs: 500 } });
    await victim.kill();
    const states = new Set<TaskState>();
    const after = await eventually(async () => {
      const task = await tasks.get(stream, id);
      states.add(task.state);
      return task.state === 'running' && task.deliveryCount === 2 && task;
    });
    expect(states).toEqual(new Set(['running']));
    expect(after.consumer).toMatch(/@1000ms$/);
    gate.resolve();
    await eventually(async () => (await tasks.get(stream, id)).state === 'completed');
  });
});

describe('of a task that there is not, it says unknown:', () => {
  it('one that was trimmed, deleted, or never there, in a stream or none', async () => {
    const stream = uniqueStream();
    const app = await startApp({});
    const tasks = app.get(StreamTasks);
    const unknown = { stream, group: 'workers', state: 'unknown', trimmed: false };
    expect(await tasks.get(stream, '5-0')).toEqual({ ...unknown, id: '5-0', groups: [] });

    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push(await app.producer.add(stream, { n }));
    const cli = redisCli();
    await cli.xgroup('CREATE', stream, 'workers', '0');
    await cli.xtrim(stream, 'MAXLEN', 2);
    await cli.xdel(stream, ids[2]!);
    expect(await tasks.get(stream, ids[0]!)).toMatchObject({ ...unknown, trimmed: true, groups: ['workers'] });
    expect(await tasks.get(stream, ids[2]!)).toMatchObject(unknown);
    expect(await tasks.get(stream, '18446744073709551615-0')).toMatchObject(unknown);
  });

  it('in a group that is not there, whose neighbours it names', async () => {
    const { stream, gate, tasks, reaches, add } = await twoGroups();
    const id = await add();
    gate.resolve();
    await reaches(id, 'completed');
    expect(await tasks.get(stream, id, { group: 'worker' })).toMatchObject({
      state: 'unknown',
      trimmed: false,
      groups: ['auditors', 'workers'],
    });
  });
});

describe('asking for one is refused for', () => {
  it.each<[unknown, unknown, RegExp]>([
    ['1', undefined, /get\('s'\): a task id is what add returned, such as '1699980000000-0', got "1"/],
    [undefined, undefined, /a task id .* got undefined/],
    ['18446744073709551616-0', undefined, /a task id/],
    ['1-0', { group: 7 }, /get\('s'\): group must be a string of 1 to 256 characters, got 7/],
    ['1-0', { gruop: 'x' }, /Unknown option 'gruop' in the options of get\('s'\). Did you mean 'group'/],
    ['1-0', 'workers', /get\('s'\): the options must be an object, got "workers"/],
  ])('the id %j with %j', async (id, options, message) => {
    const stream: string = 's';
    const tasks = (await startApp({})).get(StreamTasks);
    const error = await tasks.get(stream, id as never, options as never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RedisStreamsConfigError);
    expect((error as Error).message).toMatch(message);
  });

  it('a name that is none, and a key that is no stream', async () => {
    const stream: string = uniqueStream();
    const tasks = (await startApp({})).get(StreamTasks);
    const unbalanced: string = `{${stream}`;
    await expect(tasks.get(unbalanced, '1-0')).rejects.toThrow(RedisStreamsConfigError);
    await redisCli().set(stream, 'x', 'EX', 60);
    await expect(tasks.get(stream, '1-0')).rejects.toThrow(/get\('test:.*'\): Redis refused: WRONGTYPE/);
    await expect(tasks.cancel(stream, '1-0')).rejects.toThrow(RedisStreamsConfigError);
    await expect(tasks.list(stream, { state: 'waiting' })).rejects.toThrow(RedisStreamsConfigError);
  });
});
