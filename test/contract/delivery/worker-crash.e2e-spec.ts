import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

it('takes the entries of a worker that was killed over within 1.5 leases, as a further delivery', async () => {
  const stream = uniqueStream();
  const leaseMs = 2_000;
  const cli = redisCli();
  const options = { leaseMs, concurrency: 1 };
  const victim = await startWorker({ stream, options, taskMs: 60_000 });
  const id = (await cli.xadd(stream, '*', 'prompt', 'p'))!;
  await eventually(() => victim.started(id).length === 1);
  const heir = await startWorker({ stream, options });
  // The heir's own grace is over before the death, so that only the lease counts.
  const heirStarted = performance.now();
  await eventually(() => performance.now() - heirStarted > leaseMs);

  await victim.kill();
  const died = performance.now();
  const [event] = await eventually(() => heir.started(id).length > 0 && heir.started(id), 3 * leaseMs);

  expect(performance.now() - died).toBeLessThan(1.5 * leaseMs + 250);
  expect(event!.deliveryCount).toBe(2);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(heir.finished(id)).toHaveLength(1);
  expect(heir.logged(/took over entry/)).toBe(true);
});

it('does so by the dead worker’s lease, also where that is a small part of the heir’s own', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const leaseMs = 1_000;
  const victim = await startWorker({ stream, options: { leaseMs }, taskMs: 60_000 });
  // Before 7.2 Redis knows a consumer from its first entry on.
  await cli.xadd(stream, '*', 'workMs', '1');
  await eventually(() => victim.finished().length === 1);
  const taken: string[] = [];

  @Controller()
  class Heir {
    @StreamHandler(stream, { leaseMs: 30_000 })
    async handle(@Ctx() { entryId }: StreamContext) {
      taken.push(entryId);
    }
  }
  await startApp({ controllers: [Heir], options: { blockMs: 1_000 } });
  const heirStarted = performance.now();
  // It looks for lost replies again half a second after its first read may have ended; the victim holds nothing until then.
  await eventually(() => performance.now() - heirStarted > 2_000);
  await eventually(async () => {
    const id = (await cli.xadd(stream, '*', 'prompt', 'p'))!;
    await eventually(() => taken.includes(id) || victim.started(id).length > 0);
    return victim.started().length > 1;
  });

  await victim.kill();
  const died = performance.now();
  const left = victim.started()[1]!.entryId!;
  await eventually(() => taken.includes(left));
  expect(performance.now() - died).toBeLessThan(1.5 * leaseMs + 250);
});

it('dead-letters an entry whose workers all die, instead of letting it take down the next one', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const options = { leaseMs: 500, concurrency: 1, retry: { maxDeliveries: 2 } };
  const id = (await cli.xadd(stream, '*', 'prompt', 'kills its worker'))!;
  for (const delivery of [1, 2]) {
    const victim = await startWorker({ stream, options, taskMs: 60_000 });
    await eventually(() => victim.started(id).some(({ deliveryCount }) => deliveryCount === delivery));
    await victim.kill();
  }
  const last = await startWorker({ stream, options });

  await eventually(async () => (await cli.xlen(`{${stream}}:dead`)) === 1);
  expect(last.started()).toEqual([]);
  expect(await pendingCount(cli, stream)).toBe(0);
});
