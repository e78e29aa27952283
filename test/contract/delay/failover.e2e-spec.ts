import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { delayedKeys } from '../../support/delayed-tasks.js';
import { eventually } from '../../support/eventually.js';
import { ownSentinel } from '../../support/own-sentinel.js';
import { redisCli } from '../../support/redis-cli.js';
import { untilReplicated } from '../../support/replication.js';
import { uniqueStream } from '../../support/streams.js';

const TASKS = 400;

it(
  'over a failover no delayed task is lost that was replicated, and none enters twice',
  { timeout: 90_000 },
  async () => {
    const { name, sentinels, master, replica } = await ownSentinel();
    const stream = uniqueStream('delayed');
    const runs = new Set<string>();

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 50, retention: { maxEntries: 2 * TASKS } })
      async handle(@Ctx() { taskId }: StreamContext) {
        runs.add(taskId);
      }
    }
    const connection = { sentinels: [...sentinels], name, sentinelRetryStrategy: () => 200 };
    const options = { connection, addTimeoutMs: 2_000, blockMs: 500 };
    const { producer } = await startApp({ controllers: [Worker], options });
    // Some are due before the master dies, some while there is none, some later.
    const items = Array.from({ length: TASKS }, (_, n) => ({ payload: { n: `${n}` }, delayMs: 500 + n * 20 }));
    const ids = await producer.addBulk(stream, items);
    await untilReplicated(redisCli(master.url));
    await eventually(() => runs.size > 0);
    await master.kill();

    const cli = redisCli(replica.url);
    await eventually(async () => (await cli.info('replication')).includes('role:master'), 30_000);
    await eventually(() => runs.size === TASKS, 30_000);
    expect(runs).toEqual(new Set(ids));
    const entered = (await cli.xrange(stream, '-', '+')).map(([, fields]) => fields[fields.indexOf('~.task') + 1]!);
    expect(entered.toSorted()).toEqual(ids.toSorted());
    expect(await cli.exists(delayedKeys(stream).delayed)).toBe(0);
  },
);
