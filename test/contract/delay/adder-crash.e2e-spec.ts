import { Controller, type Type } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { type RedisStreamsOptions, StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { serverNow } from '../../support/delayed-tasks.js';
import { delayAndDie } from '../../support/delayer-process.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const HOUR_MS = 3_600_000;
const DELAY_MS = 500;
/** Workers that are not told look every 6 to 7.5 s: that all of eight streams are so early happens once in 20,000 times. */
const LATE_MS = 2_000;

/** A worker of several streams, in which there is nothing to do. */
async function setUp(clock = process.env.REDIS_URL!, options: RedisStreamsOptions = {}) {
  const streams = Array.from({ length: 8 }, () => uniqueStream('delayed'));
  const enteredAt = new Map<string, number>();
  const controllers = streams.map((stream): Type => {
    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Ctx() { taskId, entryId }: StreamContext) {
        enteredAt.set(taskId, Number.parseInt(entryId, 10));
      }
    }
    return Worker;
  });
  const { producer } = await startApp({ controllers, options });
  return {
    ...{ streams, producer },
    /** By how much each enters too late, in milliseconds, that another process delays and dies. */
    latenessOf: async (reschedules?: readonly string[]) => {
      const { connection } = options;
      const ids = await delayAndDie({ streams, delayMs: DELAY_MS, reschedules, connection });
      const due = (await serverNow(redisCli(clock))) + DELAY_MS;
      return await eventually(() => ids.every((id) => enteredAt.has(id)) && ids.map((id) => enteredAt.get(id)! - due));
    },
  };
}

it('a task whose adder has died enters in time where a worker has nothing to do', async () => {
  const { latenessOf } = await setUp();
  expect(Math.max(...(await latenessOf()))).toBeLessThan(LATE_MS);
});

it('a task that was rescheduled to an earlier time enters then, though whoever did that has died', async () => {
  const { streams, producer, latenessOf } = await setUp();
  const ids = await Promise.all(streams.map((stream) => producer.add(stream, {}, { delayMs: HOUR_MS })));
  expect(Math.max(...(await latenessOf(ids)))).toBeLessThan(LATE_MS);
});

it('so it is in a cluster', { timeout: 60_000 }, async () => {
  const cluster = await ownCluster();
  const { latenessOf } = await setUp(`redis://127.0.0.1:${cluster.seeds[0]!.port}`, {
    connection: { nodes: [...cluster.seeds] },
  });
  expect(Math.max(...(await latenessOf()))).toBeLessThan(LATE_MS);
});
