import { Controller } from '@nestjs/common';
import { StreamGroups, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

it('a task that waits says that its group is paused, and until when, as long as it is', async () => {
  const stream = uniqueStream('paused');

  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle() {}
  }
  const app = await startApp({ controllers: [Worker] });
  const [groups, tasks] = [app.get(StreamGroups), app.get(StreamTasks)];
  // Drained, so that no read that is under way still starts what is added.
  await groups.drain(stream);
  const id = await app.producer.add(stream, {});

  expect(await tasks.get(stream, id)).toMatchObject({ state: 'waiting', why: 'paused' });
  expect(await tasks.get(stream, id)).not.toHaveProperty('until');
  const { until } = await groups.pause(stream, { forMs: 3_600_000 });
  expect((await tasks.list(stream, { state: 'waiting' })).tasks).toMatchObject([{ id, why: 'paused', until }]);

  await groups.resume(stream);
  await eventually(async () => (await tasks.get(stream, id)).state === 'completed');
});
