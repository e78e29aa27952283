import { Controller } from '@nestjs/common';
import { StreamGroups, StreamHandler, StreamMonitor, UnrecoverableError } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetterKey } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { redrive } from '../../support/revival.js';
import { uniqueStream } from '../../support/streams.js';

const DAY_MS = 86_400_000;

it('what was redriven is as old as its redrive, however old its entry is; what was not, as its entry', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const weekAgo = Date.now() - 7 * DAY_MS;
  const dead = Array.from({ length: 150 }, (_, n) => `${weekAgo + n}-0`);
  for (const id of dead) await cli.xadd(stream, id, 'n', '1');

  @Controller()
  class Worker {
    @StreamHandler(stream, { startFrom: 'first', concurrency: 100 })
    handle() {
      throw new UnrecoverableError('gone');
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const monitor = app.get(StreamMonitor);
  const ages = async () => (await monitor.overview(stream)).groups[0]!;
  const letters = await eventually(async () => {
    const ids = (await cli.xrange(deadLetterKey(stream), '-', '+')).map(([id]) => id);
    return ids.length === 150 && ids;
  });
  await app.get(StreamGroups).drain(stream, { group: 'workers' });
  await redrive(app, stream, letters.slice(0, 100));
  await redrive(app, stream, letters.slice(100));

  const young = await ages();
  expect(young).toMatchObject({ pending: 150, oldestUnfinishedId: dead[0] });
  expect(young.oldestUnfinishedAgeMs).toBeLessThan(60_000);
  expect(young.oldestPendingAgeMs).toBe(young.oldestUnfinishedAgeMs);
  const { groups } = await monitor.stats(stream);
  expect(groups[0]!.oldestPendingAgeMs).toBeLessThan(60_000);

  // A day older than the redriven ones, as the group has it: nobody redrove it.
  const id = `${Date.now() - DAY_MS}-0`;
  await cli.xadd(stream, id, 'n', '1');
  const waiting = await ages();
  expect(waiting).toMatchObject({ oldestUnfinishedId: dead[0] });
  expect(waiting.oldestUnfinishedAgeMs).toBeGreaterThanOrEqual(DAY_MS);
  expect(waiting.oldestPendingAgeMs).toBeLessThan(60_000);
  await cli.xreadgroup('GROUP', 'workers', 'somebody', 'STREAMS', stream, '>');
  const pending = await ages();
  expect(pending.oldestPendingAgeMs).toBeGreaterThanOrEqual(DAY_MS);
  expect(pending.oldestPendingAgeMs).toBeLessThan(2 * DAY_MS);
});
