import { StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

it(
  'a task whose worker dies after somebody asked to cancel it ends as cancelled, and does not run again',
  { timeout: 30_000 },
  async () => {
    const stream = uniqueStream('cancel-crash');
    const options = { leaseMs: 1_000 };
    const first = await startWorker({ stream, options });
    const app = await startApp({ options: { consume: false } });
    const tasks = app.get(StreamTasks);
    const id = await app.producer.add(stream, { workMs: '60000' });
    await eventually(() => first.started(id).length > 0);
    // It hears of nothing any more.
    first.signal('SIGSTOP');
    expect(await tasks.cancel(stream, id)).toBe('requested');
    expect(await tasks.get(stream, id)).toMatchObject({ state: 'running', cancelRequested: {} });
    await first.kill();

    const second = await startWorker({ stream, options });
    await eventually(async () => (await tasks.get(stream, id)).state === 'cancelled', 15_000);
    expect(second.started()).toEqual([]);
    const pending = (await redisCli().xpending(stream, 'workers')) as [number];
    expect(pending[0]).toBe(0);
  },
);
