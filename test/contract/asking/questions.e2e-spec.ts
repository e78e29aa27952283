import { Redis } from 'ioredis';
import {
  AddOutcomeUnknownError,
  type ConnectionOptions,
  RedisStreamsConfigError,
  RedisUnavailableError,
  StreamMonitor,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';

const ANSWER_MS = 1_000;
/** A busy machine's timers are late. */
const LATE_MS = 1_500;

/** An app that asks, and has been answered once, so that its connection is there. */
async function askingApp(connection: ConnectionOptions) {
  const stream = uniqueStream();
  const app = await startApp({ options: { connection, addTimeoutMs: ANSWER_MS } });
  const monitor = app.get(StreamMonitor);
  const ask = () => monitor.stats(stream);
  await ask();
  return { app, monitor, stream, ask };
}

/** The roles of this library's connections to a server. */
async function rolesAt(redis: Redis): Promise<string[]> {
  const list = (await redis.call('client', 'LIST', 'TYPE', 'normal')) as string;
  return [...list.matchAll(/ name=nrs:\S+:(\S+)/g)].map(([, role]) => role!).toSorted();
}

/** The error of a question that nobody answers: in time, and none of an add. */
async function unanswered(ask: () => Promise<unknown>): Promise<Error> {
  const since = performance.now();
  const error = await ask().then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(performance.now() - since).toBeLessThan(ANSWER_MS + LATE_MS);
  expect(error).toBeInstanceOf(RedisUnavailableError);
  expect(error).not.toBeInstanceOf(AddOutcomeUnknownError);
  expect(error!.message).not.toMatch(/entry|sent/i);
  return error!;
}

describe('a question about a stream is rejected in time, with an error that is true of a question, and answered again, when', () => {
  it('the server freezes, and thaws', async () => {
    const redis = await ownRedis();
    const { ask } = await askingApp(redis.url);

    redis.freeze();
    const { message } = await unanswered(ask);
    expect(message).toContain(`Redis at 127.0.0.1:${redis.port} did not answer within ${ANSWER_MS} ms`);
    expect(message).toMatch(/ask again/);

    redis.thaw();
    await eventually(ask);
  });

  it('its link falls silent for good', async () => {
    const redis = await ownRedis();
    const proxy = await tcpProxy(redis.port);
    const { ask } = await askingApp(`redis://127.0.0.1:${proxy.port}`);

    proxy.silence();
    expect((await unanswered(ask)).message).toMatch(/did not answer/);
    await eventually(ask);
  });

  it('the server goes away, and comes back', async () => {
    const redis = await ownRedis();
    const { ask } = await askingApp(redis.url);

    await redis.kill();
    const { message } = await unanswered(ask);
    expect(message).toMatch(/could not be reached within 1000 ms .*ECONNREFUSED.* Start Redis there/);

    await redis.restart();
    await eventually(ask);
  });

  it('the server goes on to refuse the password', async () => {
    const redis = await ownRedis('--requirepass', 'right');
    const app = await startApp({
      options: { connection: `redis://:wrong@127.0.0.1:${redis.port}`, addTimeoutMs: ANSWER_MS },
    });
    const { message } = await unanswered(() => app.get(StreamMonitor).stats(uniqueStream()));
    expect(message).toMatch(/did not let us in .*WRONGPASS.* Check the user name, password/);
  });

  it('its client wedges: it is replaced', { timeout: 60_000 }, async () => {
    let stuck: Redis | undefined;
    const connection: ConnectionOptions = (role, options) => {
      const client = new Redis(process.env.REDIS_URL!, options);
      if (role === 'query') stuck ??= client;
      return client;
    };
    const { ask } = await askingApp(connection);

    // From now on nothing that is asked of it settles, whatever becomes of its connection.
    stuck!.sendCommand = () => new Promise(() => undefined);
    await unanswered(ask);
    await eventually(ask, 30_000);
  });

  it('the master of a cluster that holds the stream freezes', { timeout: 60_000 }, async () => {
    const cluster = await ownCluster();
    const { ask, stream } = await askingApp({ nodes: cluster.seeds });
    const master = await cluster.masterOf(stream);

    master.freeze();
    await unanswered(ask);
    master.thaw();
    await eventually(ask, 30_000);
  });
});

it('a question whose connection breaks before the answer is asked again in time', async () => {
  const redis = await ownRedis();
  const proxy = await tcpProxy(redis.port);
  const stream = uniqueStream();
  const app = await startApp({ options: { connection: `redis://127.0.0.1:${proxy.port}` } });
  const monitor = app.get(StreamMonitor);
  await monitor.stats(stream);

  redis.freeze();
  const stats = monitor.stats(stream);
  // It has been written by then.
  await new Promise(setImmediate);
  proxy.halfOpen();
  redis.thaw();
  expect(await stats).toMatchObject({ stream, entries: 0 });
});

it('adds pass while a polling reader waits for answers that do not come', async () => {
  const redis = await ownRedis();
  const proxy = await tcpProxy(redis.port);
  const { app, monitor, stream } = await askingApp(`redis://127.0.0.1:${proxy.port}`);
  await app.producer.add(stream, { text: 'x'.repeat(500_000) });

  proxy.stallAtReplies(10_000);
  const walk = async () => {
    for await (const entry of monitor.history(stream)) return entry;
    return undefined;
  };
  const polls = [walk(), walk(), walk()].map((poll) => unanswered(() => poll));
  for (let n = 0; n < 20; n++) await app.producer.add(stream, { n });
  await Promise.all(polls);
  await app.producer.add(stream, {});
});

it('the connection for questions is opened with the first one, which opens no other, and closed with the app', async () => {
  const redis = await ownRedis();
  const cli = redisCli(redis.url);
  const stream = uniqueStream();
  const producing = await startApp({ options: { connection: redis.url } });
  await producing.producer.add(stream, {});
  expect(await rolesAt(cli)).toEqual(['append']);
  await producing.get(StreamMonitor).stats(stream);
  await producing.get(StreamMonitor).stats(stream);
  expect(await rolesAt(cli)).toEqual(['append', 'query']);
  await producing.close();
  await eventually(async () => (await rolesAt(cli)).length === 0);

  const asking = await startApp({ options: { connection: redis.url } });
  await asking.get(StreamMonitor).stats(stream);
  expect(await rolesAt(cli)).toEqual(['query']);
  await asking.close();
  await expect(asking.get(StreamMonitor).stats(stream)).rejects.toThrow(/connection to Redis is closed/);
  await eventually(async () => (await rolesAt(cli)).length === 0);
});

it('a connection factory without a client for questions is told so by the first one, and adds go on', async () => {
  const app = await startApp({
    options: {
      connection: (role, options) =>
        role === 'query' ? (undefined as never) : new Redis(process.env.REDIS_URL!, options),
    },
  });
  const stream = uniqueStream();
  const error = await app
    .get(StreamMonitor)
    .stats(stream)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RedisStreamsConfigError);
  expect((error as Error).message).toMatch(/for every role, 'query' too/);
  await app.producer.add(stream, {});
});
