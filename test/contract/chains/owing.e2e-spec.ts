import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type RedisStreamsOptions, StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { entriesOf, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

function setUp() {
  const [source, target]: [string, string] = [uniqueStream('source'), uniqueStream('target')];
  const runs: string[] = [];
  @Controller()
  class Stages {
    @StreamHandler(source, { result: { ttlMs: 60_000 } })
    async run(@Payload() { n }: { n: number }, @Ctx() context: StreamContext) {
      runs.push(context.taskId);
      context.forward(target, { n });
      return n;
    }
  }
  const startStages = (options: RedisStreamsOptions = {}) => startApp({ controllers: [Stages], options });
  return { source, target, runs, startStages };
}

it('a task that owes, and whose worker has stopped, is not cancelled: it is done, and what it owes is added', async () => {
  const { source, target, runs, startStages } = setUp();
  const cli = redisCli();
  await cli.set(target, 'no stream');
  const tasks = (await startApp({})).get(StreamTasks);
  const worker = await startStages();
  const id = await worker.producer.add(source, { n: 1 });
  await eventually(() => worker.logs.matching('error', /have been forwarded cannot be added yet/)[0]);
  await worker.close();
  expect((await tasks.get(source, id)).state).toBe('waiting');
  expect(await tasks.cancel(source, id)).toBe('requested');
  await cli.del(target);
  await startStages();
  expect(await tasks.result(source, id)).toBe(1);
  expect(await tasks.get(source, id)).toMatchObject({ state: 'completed' });
  expect((await entriesOf(cli, target)).map(({ fields }) => fields.n)).toEqual(['1']);
  expect(runs).toEqual([id]);
});

it('where its user may not touch a stream, a task owes what it forwards there until somebody lets it', async () => {
  const { source, target, runs, startStages } = setUp();
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  await cli.call('ACL', 'SETUSER', 'narrow', 'on', '>password', '+@all', `~${source}*`, `~{${source}*`, '~nrs:*');
  await cli.call('ACL', 'SETUSER', 'narrow', 'allchannels').catch(() => 'not known before 6.2');
  const worker = await startStages({ connection: `redis://narrow:password@127.0.0.1:${redis.port}`, blockMs: 500 });
  const ids = await worker.producer.addBulk(source, [{ payload: { n: 1 } }, { payload: { n: 2 } }]);
  await eventually(() => worker.logs.matching('error', /cannot be added yet.*NOPERM/i)[0]);
  expect(await pendingCount(cli, source)).toBe(2);
  await cli.call('ACL', 'SETUSER', 'narrow', `~${target}*`, `~{${target}*`);
  await eventually(async () => (await pendingCount(cli, source)) === 0, 15_000);
  expect((await entriesOf(cli, target)).map(({ fields }) => fields.n)).toEqual(['1', '2']);
  expect(runs).toEqual(ids);
});
