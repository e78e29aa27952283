import { Controller } from '@nestjs/common';
import { StreamGroups, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it.each(['idle', 'busy'])(
  'a worker that may not subscribe, %s, obeys a pause, and goes on after it, within BLOCK',
  async (kind) => {
    const redis = await ownRedis();
    const cli = redisCli(redis.url);
    await cli.call('ACL', 'SETUSER', 'deaf', 'on', '>password', '~*', '+@all', '-subscribe', '-publish');
    const stream = uniqueStream('paused');
    let runs = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { leaseMs: 600_000 })
      async handle() {
        runs++;
      }
    }
    const connection = `redis://deaf:password@127.0.0.1:${redis.port}`;
    const app = await startApp({ controllers: [Worker], options: { connection, blockMs: 1_000 } });
    const groups = app.get(StreamGroups);
    let isAdding = kind === 'busy';
    const adding = (async () => {
      while (isAdding) await app.producer.add(stream, {});
    })();
    await app.producer.add(stream, {});
    await eventually(() => runs > 0);

    await groups.pause(stream);
    await eventually(async () => (await groups.get(stream)).workers.every(({ hasHeard }) => hasHeard), 2_000);
    const before = runs;
    isAdding = false;
    await adding;
    await app.producer.add(stream, {});
    expect((await groups.drain(stream)).running).toEqual([]);
    expect(runs).toBe(before);

    await groups.resume(stream);
    await eventually(async () => runs === (await cli.xlen(stream)), 2_000);
  },
);
