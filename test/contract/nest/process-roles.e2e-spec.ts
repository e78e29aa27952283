import { Controller } from '@nestjs/common';
import { type RedisStreamsOptions, RedisStreamsHealthIndicator, StreamHandler } from 'nestjs-redis-streams';
import { afterEach, describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

function workers() {
  const [a, b] = [uniqueStream('a'), uniqueStream('b')];
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(a)
    async handleA() {
      runs.push('a');
    }

    @StreamHandler(a, { group: 'audit' })
    async auditA() {
      runs.push('a audit');
    }

    @StreamHandler(b)
    async handleB() {
      runs.push('b');
    }
  }
  return { a, b, runs, Worker };
}

const groupsOf = async (stream: string) => {
  const groups = (await redisCli().xinfo('GROUPS', stream)) as [string, string][];
  return groups.map(([, name]) => name).toSorted();
};

describe('a process of the same AppModule', () => {
  afterEach(() => {
    delete process.env.REDIS_STREAMS_CONSUME;
  });

  it.each<[string, RedisStreamsOptions, string | undefined]>([
    ['consume: false', { consume: false }, undefined],
    ['REDIS_STREAMS_CONSUME=false', {}, 'false'],
    ['REDIS_STREAMS_CONSUME=false against consume: true', { consume: true }, 'false'],
  ])('only produces with %s', async (_name, options, env) => {
    if (env) process.env.REDIS_STREAMS_CONSUME = env;
    const { a, runs, Worker } = workers();
    const app = await startApp({ controllers: [Worker], options });
    await app.producer.add(a, {});
    expect(await groupsOf(a)).toEqual([]);
    expect(runs).toEqual([]);
    const { streams } = await app.get(RedisStreamsHealthIndicator).check('streams');
    expect(streams).toMatchObject({ status: 'up', consumers: [] });
    expect(app.logs.matching('log', /This process runs no tasks: consume is false/)).toHaveLength(1);
  });

  it('consumes the streams that consume.streams names', async () => {
    const { a, b, runs, Worker } = workers();
    const app = await startApp({ controllers: [Worker], options: { consume: { streams: [b] } } });
    await app.producer.add(a, {});
    await app.producer.add(b, {});
    await eventually(() => runs.length === 1);
    expect(runs).toEqual(['b']);
    expect(await groupsOf(a)).toEqual([]);
  });

  it('says so once, as does its health, when consume matches none of its handlers', async () => {
    const { a, b, Worker } = workers();
    const app = await startApp({ controllers: [Worker], options: { consume: { streams: ['a:typo'] } } });
    const reason = new RegExp(
      `consume matches none of the handlers: no handler is for a:typo. There are handlers for ${a}`,
    );
    expect(app.logs.matching('error', reason)).toHaveLength(1);
    const { streams } = await app.get(RedisStreamsHealthIndicator).check('streams');
    expect(streams).toMatchObject({ status: 'degraded', reason: expect.stringMatching(reason), consumers: [] });
    // Each name is right, and together they match nothing.
    const both = await startApp({ controllers: [Worker], options: { consume: { streams: [b], groups: ['audit'] } } });
    expect(both.logs.matching('error', /consume matches none of the handlers\. There are/)).toHaveLength(1);
  });

  it('says so when consume names more than it has handlers for, or when it has none', async () => {
    const { a, Worker } = workers();
    const app = await startApp({ controllers: [Worker], options: { consume: { streams: [a, 'a:typo'] } } });
    expect(app.logs.matching('warn', /consume names what no handler is for: a:typo\./)).toHaveLength(1);
    const bare = await startApp({});
    expect(bare.logs.matching('log', /runs no tasks: no controller has a @StreamHandler/)).toHaveLength(1);
    const { streams } = await bare.get(RedisStreamsHealthIndicator).check('streams');
    expect(streams).toMatchObject({ status: 'up' });
  });

  it('consumes the groups that consume.groups names', async () => {
    const { a, runs, Worker } = workers();
    const app = await startApp({ controllers: [Worker], options: { consume: { groups: ['audit'] } } });
    await app.producer.add(a, {});
    await eventually(() => runs.length === 1);
    expect(runs).toEqual(['a audit']);
    expect(await groupsOf(a)).toEqual(['audit']);
  });
});
