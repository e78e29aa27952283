import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamOperations } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { startOperator } from '../../support/operator-process.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { kill } from '../../support/reply-process.js';
import { uniqueStream } from '../../support/streams.js';

it(
  'replays whose processes are killed are gone on with by others: each task runs once more, and is copied once',
  { timeout: 60_000 },
  async () => {
    const stream = uniqueStream('replay-crash');
    const target = uniqueStream('replay-copies');
    const cli = redisCli();
    const runs = new Map<string, number>();
    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 50 })
      async handle(@Ctx() { taskId }: StreamContext) {
        runs.set(taskId, (runs.get(taskId) ?? 0) + 1);
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const payloads = Array.from({ length: 200 }, (_, n) => ({ payload: { n } }));
    const ids = await app.producer.addBulk(stream, payloads);
    await eventually(async () => runs.size === 200 && (await pendingCount(cli, stream)) === 0);
    const again = () => [...runs.values()].filter((count) => count === 2).length;

    const first = await startOperator({ stream, replay: { all: true }, options: { rate: 100 } });
    await eventually(() => again() > 40);
    await kill(first.operator);
    const operations = app.get(StreamOperations);
    expect(await operations.ended(stream, first.id)).toMatchObject({ state: 'done', done: 200, skipped: {} });
    await eventually(() => again() === 200);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect([...runs.keys()].toSorted()).toEqual(ids.toSorted());

    const second = await startOperator({ stream, replay: { all: true }, options: { rate: 100, copyTo: target } });
    await eventually(async () => (await cli.xlen(target)) > 40);
    await kill(second.operator);
    expect(await operations.ended(stream, second.id)).toMatchObject({ state: 'done', done: 200, skipped: {} });
    const copied = (await cli.xrange(target, '-', '+')).map(([, fields]) => Number(fields[1]));
    expect(copied.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  },
);
