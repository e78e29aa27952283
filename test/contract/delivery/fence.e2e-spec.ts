import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

it('lets a worker that was frozen beyond its lease settle nothing of what it lost', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  const options = { leaseMs: 1_000, concurrency: 1 };
  const frozen = await startWorker({ stream, options, taskMs: 500 });
  const heir = await startWorker({ stream, options: { ...options }, taskMs: 6_000 });
  // Whoever gets the entry first; it must be the short runner that freezes.
  let id = '';
  await eventually(async () => {
    id = (await cli.xadd(stream, '*', 'prompt', 'p'))!;
    await eventually(() => frozen.started(id).length + heir.started(id).length > 0);
    return frozen.started(id).length > 0;
  }, 30_000);
  frozen.signal('SIGSTOP');
  await eventually(() => heir.started(id).length === 1, 20_000);

  frozen.signal('SIGCONT');
  await eventually(() => frozen.finished(id).length === 1);
  await eventually(() => frozen.logged(/lost its lease/));
  // The frozen worker has ended its run and tried to settle; the entry is still the heir's.
  const [[, owner, , deliveryCount]] = (await cli.xpending(stream, 'workers', id, id, 1)) as [
    [string, string, number, number],
  ];
  expect(owner).toContain(`:${heir.process.pid}:`);
  expect(deliveryCount).toBe(2);

  await eventually(() => heir.finished(id).length === 1, 15_000);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
});
