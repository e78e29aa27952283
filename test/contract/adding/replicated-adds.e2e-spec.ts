import { Redis } from 'ioredis';
import { AddOutcomeUnknownError, NotReplicatedError, RedisUnavailableError } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { type RunningApp, startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { untilReplicated } from '../../support/replication.js';
import { uniqueStream } from '../../support/streams.js';

const REPLICATED = { minReplicas: 1 };

interface Told {
  readonly id: string | undefined;
  readonly error: Error | undefined;
  readonly afterMs: number;
}

async function addReplicated({ producer }: RunningApp, stream: string): Promise<Told> {
  const addedAt = performance.now();
  const told = (id: string | undefined, error?: Error) => ({ id, error, afterMs: performance.now() - addedAt });
  return producer.add(stream, {}, REPLICATED).then(told, (error: Error) => told(undefined, error));
}

describe('adds with minReplicas', () => {
  it('are each told in time where no replica confirms, with the id of an entry that is there by then', async () => {
    const redis = await ownRedis();
    const cli = redisCli(redis.url);
    const stream = uniqueStream();
    const app = await startApp({ options: { connection: redis.url, addTimeoutMs: 1_000 } });
    await app.producer.add(stream, {});

    const together = Array.from({ length: 20 }, () => addReplicated(app, stream));
    const inTurns: Promise<Told>[] = [];
    for (let n = 0; n < 20; n++) {
      await cli.ping();
      inTurns.push(addReplicated(app, stream));
    }
    const told = await Promise.all([...together, ...inTurns]);
    const ids = (await cli.xrange(stream, '-', '+')).map(([id]) => id);

    for (const { error, afterMs } of told) {
      expect(error).toBeInstanceOf(NotReplicatedError);
      expect(ids).toContain((error as NotReplicatedError).entryId);
      expect(afterMs).toBeLessThan(1_500);
    }
    // Nothing appears later.
    await app.producer.add(stream, {});
    const { length } = await eventually(async () => {
      const { error } = await addReplicated(app, stream);
      return error instanceof NotReplicatedError && (await cli.xrange(stream, '-', '+'));
    });
    expect(length).toBe(43);
  });

  it('are confirmed together, as soon as a replica has them', async () => {
    const master = await ownRedis();
    const replica = await ownRedis('--replicaof', '127.0.0.1', String(master.port));
    await untilReplicated(redisCli(master.url));
    const stream = uniqueStream();
    const app = await startApp({ options: { connection: master.url } });
    const told = await Promise.all(Array.from({ length: 300 }, () => addReplicated(app, stream)));
    const onReplica = new Set((await redisCli(replica.url).xrange(stream, '-', '+')).map(([id]) => id));
    expect(told.filter(({ id }) => id === undefined || !onReplica.has(id))).toEqual([]);
  });

  it('say that their entry is there when their connection breaks before a replica confirms', async () => {
    const redis = await ownRedis();
    const clients: Redis[] = [];
    const connection = (role: string, options: object) => {
      const client = new Redis(redis.url, options);
      if (role === 'append') clients.push(client);
      return client;
    };
    const stream = uniqueStream();
    const app = await startApp({ options: { connection, addTimeoutMs: 20_000 } });
    const first = addReplicated(app, stream);
    const cli = redisCli(redis.url);
    // Its WAIT is under way, so that the id is known.
    await eventually(async () => /blocked_clients:1\b/.test(await cli.info('clients')));
    for (const client of clients) client.stream?.destroy();
    expect((await first).error).toBeInstanceOf(NotReplicatedError);
  });

  it('say that nothing was sent when Redis is away', async () => {
    const redis = await ownRedis();
    const app = await startApp({ options: { connection: redis.url, addTimeoutMs: 500 } });
    await redis.kill();
    const { error } = await addReplicated(app, uniqueStream());
    expect(error).toBeInstanceOf(RedisUnavailableError);
    expect(error).not.toBeInstanceOf(AddOutcomeUnknownError);
    expect(error!.message).toMatch(/could not be reached .*ECONNREFUSED.*Nothing was sent/);
  });
});

it('an add waits for its answer for all of an addTimeoutMs beyond five seconds', async () => {
  const [frozen, alone] = [await ownRedis(), await ownRedis()];
  const stream = uniqueStream();
  const options = { addTimeoutMs: 6_500 };
  const onFrozen = await startApp({ options: { ...options, connection: frozen.url } });
  const onAlone = await startApp({ options: { ...options, connection: alone.url } });
  await onFrozen.producer.add(stream, {});
  frozen.freeze();
  const unanswered = onFrozen.producer.add(stream, {});
  await expect(Promise.all([unanswered.catch(String), addReplicated(onAlone, stream)])).resolves.toEqual([
    expect.stringMatching(/AddOutcomeUnknownError: Redis did not answer within 6500 ms/),
    { id: undefined, error: expect.any(NotReplicatedError), afterMs: expect.any(Number) },
  ]);
});
