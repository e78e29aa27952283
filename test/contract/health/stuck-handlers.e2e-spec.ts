import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { probedApp } from '../../support/probed-app.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const STUCK_MS = 1_000;

it('a process is to be restarted once handlers in all slots of a loop have gone on for so long after their time, and for nothing less', async () => {
  const [slow, robbed, half, full] = ['slow', 'robbed', 'half', 'full'].map((name) => uniqueStream(name));
  const held = deferred();
  const signals = new Map<string, AbortSignal>();
  const deaf = (name: string, signal: AbortSignal) => {
    signals.set(name, signal);
    return held.promise;
  };
  const timeout = { timeoutMs: 100, abortGraceMs: 50, retry: { maxDeliveries: 1 } };

  @Controller()
  class Worker {
    @StreamHandler(slow!, { concurrency: 1 })
    slow(@Ctx() { signal }: StreamContext) {
      return deaf('slow', signal);
    }

    @StreamHandler(robbed!, { concurrency: 1, leaseMs: 1_000 })
    robbed(@Ctx() { signal }: StreamContext) {
      return deaf('robbed', signal);
    }

    @StreamHandler(half!, { concurrency: 2, ...timeout })
    half(@Ctx() { signal }: StreamContext) {
      return deaf('half', signal);
    }

    @StreamHandler(full!, { concurrency: 2, ...timeout })
    full(@Ctx() { signal, entryId }: StreamContext) {
      return deaf(`full ${entryId}`, signal);
    }
  }
  const options = { shutdownTimeoutMs: 100 };
  const app = await probedApp({ controllers: [Worker], options, live: { stuckMs: STUCK_MS } });

  // Nobody tells a task to end that has no limit, be it as long as it will.
  await app.producer.add(slow!, {});
  // Others have its task, as after an outage of Redis: that is no reason to end it.
  const lost = await app.producer.add(robbed!, {});
  await eventually(() => signals.has('robbed'));
  await redisCli().xclaim(robbed!, 'workers', 'another', 0, lost, 'JUSTID');
  await eventually(() => signals.get('robbed')!.aborted);
  // It has a slot left.
  await app.producer.add(half!, {});
  await eventually(() => signals.get('half')?.aborted);
  await app.producer.addBulk(full!, [{ payload: {} }, { payload: {} }]);

  // No work at once, but time to end.
  await eventually(async () => String((await app.ready()).health.reasons).includes(`${full} (workers): all 2 slots`));
  expect(await app.live()).toMatchObject({ code: 200, health: { status: 'up', reasons: [] } });
  // Redis must have been heard of since: a full worker hears of it every ten seconds.
  const { health } = await eventually(async () => {
    const live = await app.live();
    return live.code === 503 && live;
  }, 15_000);
  expect(health.reasons).toEqual([expect.stringContaining(`${full} (workers): all 2 slots are held by handlers`)]);

  held.resolve();
  await eventually(async () => (await app.live()).code === 200 && (await app.ready()).code === 200);
});
