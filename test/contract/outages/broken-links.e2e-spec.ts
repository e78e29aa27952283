import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';

const BLOCK_MS = 2_000;
const WITHIN_MS = BLOCK_MS + 5_000;

async function workerBehindProxy() {
  const redis = await ownRedis();
  const proxy = await tcpProxy(redis.port);
  const stream = uniqueStream();
  const runs: { entryId: string; deliveryCount: number }[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle(@Ctx() { entryId, deliveryCount }: StreamContext) {
      runs.push({ entryId, deliveryCount });
    }
  }
  const options = { connection: `redis://127.0.0.1:${proxy.port}`, blockMs: BLOCK_MS };
  const app = await startApp({ controllers: [Worker], options });
  const cli = redisCli(redis.url);
  const add = async () => (await cli.xadd(stream, '*', 'n', '1'))!;
  const first = await add();
  await eventually(() => runs.length === 1);
  return { app, proxy, redis, stream, runs, cli, add, first };
}

describe('entries are picked up within BLOCK + 5 s, at their first delivery count, after', () => {
  it('a half-open connection whose stale reader on the server takes the next ones', async () => {
    const { proxy, runs, add, cli, stream } = await workerBehindProxy();

    proxy.halfOpen();
    const ids = [await add(), await add(), await add()];

    await eventually(() => ids.every((id) => runs.some(({ entryId }) => entryId === id)), WITHIN_MS);
    expect(runs.every(({ deliveryCount }) => deliveryCount === 1)).toBe(true);
    expect(runs).toHaveLength(4);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
  });

  it('a link that falls silent without a word', async () => {
    const { proxy, runs, add, cli, stream } = await workerBehindProxy();

    proxy.silence();
    const ids = [await add(), await add()];

    await eventually(() => ids.every((id) => runs.some(({ entryId }) => entryId === id)), WITHIN_MS + 1_000);
    expect(runs.every(({ deliveryCount }) => deliveryCount === 1)).toBe(true);
    expect(runs).toHaveLength(3);
    await eventually(async () => (await pendingCount(cli, stream)) === 0, 15_000);
  });

  it('CLIENT KILL of all connections, again and again', async () => {
    const { runs, add, cli, stream } = await workerBehindProxy();
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) {
      await cli.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      ids.push(await add());
    }
    await eventually(() => ids.every((id) => runs.some(({ entryId }) => entryId === id)), WITHIN_MS);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect(runs).toHaveLength(21);
    expect(runs.every(({ deliveryCount }) => deliveryCount === 1)).toBe(true);
  });
});
