import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Cluster, Redis } from 'ioredis';
import { type RedisStreamsOptions, StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import { ownRedis } from '../../support/own-redis.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** A server for one stream, whose answers can be lost on their way to the app's connection for settlements. */
interface Server {
  readonly connection: RedisStreamsOptions['connection'];
  readonly cli: Redis;
  freeze(): void;
  thaw(): void;
  /** The app's own connection to it for settlements. */
  control(): Redis;
}

async function single(): Promise<Server> {
  const redis = await ownRedis('--appendonly', 'no');
  const clients: Redis[] = [];
  const cli = redisCli(redis.url);
  return {
    connection: (role, options) => {
      const client = new Redis({ port: redis.port, ...options });
      if (role === 'control') clients.push(client);
      return client;
    },
    cli,
    freeze: () => redis.freeze(),
    thaw: () => redis.thaw(),
    control: () => clients[0]!,
  };
}

async function clustered(stream: string): Promise<Server> {
  const cluster = await ownCluster();
  const master = await cluster.masterOf(stream);
  const clients: Cluster[] = [];
  return {
    connection: (role, redisOptions) => {
      const client = new Cluster([...cluster.seeds], { redisOptions, lazyConnect: true });
      if (role === 'control') clients.push(client);
      return client;
    },
    cli: master.cli,
    freeze: () => master.freeze(),
    thaw: () => master.thaw(),
    control: () => clients[0]!.nodes('master').find(({ options }) => options.port === master.port)!,
  };
}

describe('a settlement whose answer was lost counts as what it did', () => {
  it.each([
    ['on a single server', single],
    ['in a cluster', clustered],
  ])('%s', { timeout: 60_000 }, async (_where, serverFor) => {
    const stream = uniqueStream();
    const server = await serverFor(stream);
    const toldDead: string[] = [];
    const go = deferred();
    let isWarm = false;
    let running = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 3, leaseMs: 3_600_000 })
      async handle(@Payload() { isFirst, fails }: { isFirst?: boolean; fails?: boolean }) {
        if (isFirst) {
          isWarm = true;
          return;
        }
        running++;
        await go.promise;
        if (fails) throw new UnrecoverableError('never');
      }
    }
    const hooks = { deadLettered: ({ entryId }: { entryId: string }) => void toldDead.push(entryId) };
    const app = await startApp({ controllers: [Worker], options: { connection: server.connection, hooks } });
    // A script runs at once only where it ran before.
    await app.producer.add(stream, { isFirst: true });
    await eventually(async () => isWarm && (await pendingCount(server.cli, stream)) === 0);
    const ids = await app.producer.addBulk(stream, [{ payload: { fails: true } }, { payload: {} }]);
    await eventually(() => running === 2);

    server.freeze();
    const { stream: socket } = server.control();
    const writtenBefore = socket.bytesWritten;
    go.resolve();
    await eventually(() => socket.bytesWritten > writtenBefore && socket.writableLength === 0);
    socket.destroy();
    server.thaw();

    await deadLetters(server.cli, stream);
    await eventually(() => toldDead.length === 1);
    expect(toldDead).toEqual([ids[0]]);
    expect(app.logs.matching('warn', /lost its lease/)).toEqual([]);
  });
});
