import { Controller } from '@nestjs/common';
import {
  RedisStreamsHealthIndicator,
  type RedisStreamsOptions,
  RedisUnavailableError,
  StreamHandler,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { RecordedLog, type RunningApp, startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

function startWorker(options: RedisStreamsOptions, logs = new RecordedLog()) {
  @Controller()
  class Worker {
    @StreamHandler(uniqueStream())
    async handle() {}
  }
  return startApp({ controllers: [Worker], options, logs });
}

async function producerHealth(app: RunningApp) {
  return (await app.get(RedisStreamsHealthIndicator).check('streams')).streams.producer;
}

/** Options that lead to a database which the server does not have. */
function wrongDatabase(url: string) {
  return { connection: `${url}/99` };
}

describe('a process that only produces', () => {
  it('says at once that Redis is away, and why, and that it is back, once each', async () => {
    const redis = await ownRedis();
    const stream = uniqueStream();
    const app = await startApp({ options: { connection: redis.url, addTimeoutMs: 1_500 } });
    await app.producer.add(stream, {});
    await redis.kill();
    const told = () => app.logs.matching('warn', /Redis at 127\.0\.0\.1:\d+ cannot be reached for adds.*ECONNREFUSED/);
    await eventually(() => told().length === 1, 1_000);
    await expect(app.producer.add(stream, {})).rejects.toThrow(/could not be reached.*ECONNREFUSED.*Nothing was sent/);
    // The known cause, not the limit of the check itself.
    expect(await producerHealth(app)).toMatchObject({ status: 'down', reason: expect.stringMatching(/ECONNREFUSED/) });
    expect(told()).toHaveLength(1);

    await redis.restart();
    await eventually(() => app.logs.matching('log', /takes adds again after \d+ ms/).length === 1);
    await app.producer.add(stream, {});
    expect(await producerHealth(app)).toEqual({ status: 'up' });
  });

  it('says that its password is wrong, and not that Redis could not be reached', async () => {
    const redis = await ownRedis('--requirepass', 'right');
    const connection = redis.url.replace('//', '//:wrong-secret@');
    const app = await startApp({ options: { connection, addTimeoutMs: 500 } });
    const failed = app.producer.add(uniqueStream(), {});
    await expect(failed).rejects.toThrow(
      /answered, but did not let us in within 500 ms \(WRONGPASS.*Check the user name/,
    );
    expect(app.logs.matching('warn', /refuses the connection for adds.*WRONGPASS.*Check the user name/)).toHaveLength(
      1,
    );
    expect(await producerHealth(app)).toMatchObject({ reason: expect.stringMatching(/WRONGPASS/) });
    expect(app.logs.lines.filter(({ message }) => message.includes('wrong-secret'))).toEqual([]);
  });

  it('adds nothing to another database than it was told', async () => {
    const redis = await ownRedis();
    const stream = uniqueStream();
    const app = await startApp({ options: { ...wrongDatabase(redis.url), addTimeoutMs: 500 } });
    await expect(app.producer.add(stream, {})).rejects.toThrow(
      /its database 99 cannot be used: ERR DB index is out of range.*Nothing was sent/,
    );
    expect(app.logs.matching('warn', /database 99 cannot be used/)).toHaveLength(1);
    expect(await producerHealth(app)).toMatchObject({ reason: expect.stringMatching(/database 99/) });
    expect(await redisCli(redis.url).dbsize()).toBe(0);
  });
});

describe('a start-up that Redis keeps from consuming', () => {
  it('says at once that it waits, and goes on when Redis is there', async () => {
    const redis = await ownRedis();
    await redis.kill();
    const logs = new RecordedLog();
    const starting = startWorker({ connection: redis.url }, logs);
    const waiting = () =>
      logs.matching('warn', /Waiting for Redis at 127\.0\.0\.1:\d+, up to 10000 ms: .*ECONNREFUSED/);
    await eventually(() => waiting().length === 1, 2_000);
    await redis.restart();
    await starting;
    expect(waiting()).toHaveLength(1);
  });

  it('fails in time with what the connection itself failed with as the cause', async () => {
    const redis = await ownRedis();
    await redis.kill();
    const error = await startWorker({ connection: redis.url, startupTimeoutMs: 500 }).catch(
      (failure: unknown) => failure,
    );
    expect(error).toBeInstanceOf(RedisUnavailableError);
    expect(error).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it.each(['the number in the URL', 'the db option'])('fails at once for a wrong database in %s', async (where) => {
    const redis = await ownRedis();
    const inUrl = where === 'the number in the URL';
    const options = inUrl ? wrongDatabase(redis.url) : { connection: { port: redis.port, db: 99 } };
    const error = await startWorker(options).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(RedisUnavailableError);
    expect(error).toMatchObject({
      name: 'RedisUnavailableError',
      message: expect.stringMatching(
        /database 99 cannot be used.*Correct the database, which is the number at the end/,
      ),
    });
    expect(await redisCli(redis.url).dbsize()).toBe(0);
  });
});
