import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('runs every added task and acks it after its handler has resolved', async () => {
  const stream = uniqueStream();
  const handled: { id: string; payload: unknown; deliveryCount: number }[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle(@Payload() payload: unknown, @Ctx() context: StreamContext) {
      await Promise.resolve();
      handled.push({ id: context.entryId, payload, deliveryCount: context.deliveryCount });
    }
  }
  const app = await startApp({ controllers: [Worker] });

  const ids = await Promise.all(
    Array.from({ length: 250 }, (_, n) => app.producer.add(stream, { prompt: `p${n}`, n, nested: { ok: true } })),
  );

  await eventually(() => handled.length >= 250);
  expect(handled.map(({ id }) => id)).toEqual(ids);
  expect(handled.map(({ payload }) => payload)).toEqual(
    ids.map((_, n) => ({ prompt: `p${n}`, n, nested: { ok: true } })),
  );
  expect(handled.every(({ deliveryCount }) => deliveryCount === 1)).toBe(true);
  const cli = redisCli();
  await eventually(async () => ((await cli.xpending(stream, 'workers')) as [number])[0] === 0);
  expect(await cli.xlen(stream)).toBe(250);
});
