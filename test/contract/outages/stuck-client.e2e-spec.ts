import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { Redis } from 'ioredis';
import { type ConnectionRole, StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** From now on nothing that is asked of this client settles, whatever becomes of its connection. */
function getStuck(client: Redis): void {
  client.sendCommand = () => new Promise(() => undefined);
}

describe('a client of Redis whose promises never settle is replaced, and the worker goes on', () => {
  it.each<ConnectionRole>(['reader', 'control'])('%s', { timeout: 60_000 }, async (stuck) => {
    const stream = uniqueStream();
    const cli = redisCli();
    const clients = new Map<ConnectionRole, Redis>();
    const handled: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Ctx() { entryId }: StreamContext) {
        handled.push(entryId);
      }
    }
    const app = await startApp({
      controllers: [Worker],
      options: {
        blockMs: 100,
        connection: (role, options) => {
          const client = new Redis(process.env.REDIS_URL!, options);
          clients.set(role, client);
          return client;
        },
      },
    });
    const firstId = await app.producer.add(stream, {});
    await eventually(async () => handled.includes(firstId) && (await pendingCount(cli, stream)) === 0);

    getStuck(clients.get(stuck)!);
    const id = await app.producer.add(stream, {});
    await eventually(async () => handled.includes(id) && (await pendingCount(cli, stream)) === 0, 30_000);
    expect(handled.filter((handledId) => handledId === id)).toHaveLength(1);
  });
});
