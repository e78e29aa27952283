import { beforeAll, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { buildLibrary, startWorker, type WorkerProcess } from '../../support/worker-process.js';

beforeAll(buildLibrary, 120_000);

/** Adds entries until the busy worker takes one; its rival is full meanwhile, and looks for abandoned ones from then on. */
async function addUntilTaken(stream: string, busy: WorkerProcess, rival: WorkerProcess): Promise<string> {
  const cli = redisCli();
  let id = '';
  await eventually(async () => {
    id = (await cli.xadd(stream, '*', 'prompt', 'cpu-bound'))!;
    await eventually(() => rival.started(id).length + busy.started(id).length > 0);
    return busy.started(id).length > 0;
  }, 30_000);
  return id;
}

it('keeps the lease by a thread, with leaseThread, while a handler blocks the event loop for five leases', async () => {
  const stream = uniqueStream();
  const options = { leaseMs: 1_000, concurrency: 1, leaseThread: true };
  const rival = await startWorker({ stream, isBuilt: true, options });
  const busy = await startWorker({ stream, isBuilt: true, options, busyMs: 5_000 });
  const id = await addUntilTaken(stream, busy, rival);

  await eventually(() => busy.finished(id).length === 1, 15_000);
  await eventually(async () => (await pendingCount(redisCli(), stream)) === 0);
  expect([...rival.started(id), ...busy.started(id)]).toHaveLength(1);
});

it('ends with leaseThread, too, when the event loop is blocked for longer than timeoutMs', async () => {
  const stream = uniqueStream();
  const options = { leaseMs: 500, concurrency: 1, leaseThread: true, timeoutMs: 2_000 };
  const rival = await startWorker({ stream, isBuilt: true, options });
  const busy = await startWorker({ stream, isBuilt: true, options, busyMs: 8_000 });
  const id = await addUntilTaken(stream, busy, rival);

  await eventually(() => rival.started(id).length === 1, 10_000);
  expect(busy.finished(id)).toHaveLength(0);
});
