import { StreamGroups } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { canSetServerClock, redisWithClock, unlessClockCannotBeSet } from '../../support/server-clock.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

const HOUR_MS = 3_600_000;

it.skipIf(!canSetServerClock).each([
  ['back', -HOUR_MS],
  ['ahead', HOUR_MS],
])(
  `what a worker held that died before the server's clock was set %s is taken over within leases, and its slots count no more${unlessClockCannotBeSet}`,
  async (_how, aheadMs) => {
    const redis = await redisWithClock();
    const stream = uniqueStream('clock');
    const app = await startApp({ options: { connection: redis.url, consume: false } });
    const config = { stream, url: redis.url, options: { leaseMs: 1_000, concurrency: 1 } };
    const dying = await startWorker({ ...config, taskMs: 60_000 });
    const left = await app.producer.add(stream, {});
    await eventually(() => dying.started(left).length === 1);
    const heir = await startWorker(config);

    await dying.kill();
    await redis.setClock(aheadMs);
    const { deliveryCount } = await eventually(() => heir.started(left)[0], 20_000);
    expect(deliveryCount).toBe(2);
    // Its word that it is there counts no more, whatever the time is.
    await eventually(async () => {
      const { workers } = await app.get(StreamGroups).get(stream);
      return workers.filter(({ slots }) => slots !== undefined).length === 1;
    });
  },
);
