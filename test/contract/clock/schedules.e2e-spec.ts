import { expect, it } from 'vitest';
import { StreamSchedules } from 'nestjs-redis-streams';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { canSetServerClock, redisWithClock, unlessClockCannotBeSet } from '../../support/server-clock.js';
import { uniqueStream } from '../../support/streams.js';

const YEAR_MS = 366 * 86_400_000;

it.skipIf(!canSetServerClock)(
  `a schedule whose ticks were made by a clock that was a year ahead, goes on when that is set right${unlessClockCannotBeSet}`,
  async () => {
    const redis = await redisWithClock();
    const [stream, cli] = [uniqueStream('clock'), redisCli(redis.url)];
    const connection = redis.url;
    const apps = await Promise.all([startApp({ options: { connection } }), startApp({ options: { connection } })]);
    await apps[0].get(StreamSchedules).upsert(stream, { name: 'pulse', everyMs: 1_000, payload: {} });
    const ticked = async (more: number) => {
      const before = await cli.xlen(stream);
      // Processes hear of another clock every ten seconds.
      await eventually(async () => (await cli.xlen(stream)) >= before + more, 20_000);
    };
    await ticked(2);
    await redis.setClock(YEAR_MS);
    await ticked(2);
    await redis.setClock(0);
    await ticked(3);
    // Each once, as ever.
    const ticks = (await cli.xrange(stream, '-', '+')).map(([, fields]) => fields[fields.indexOf('~.tick') + 1]);
    expect(new Set(ticks).size).toBe(ticks.length);
  },
);
