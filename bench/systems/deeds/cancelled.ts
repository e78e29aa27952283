import { NestFactory } from '@nestjs/core';
import { RedisStreamsModule, StreamProducer, StreamTasks } from 'nestjs-redis-streams';
import { TASK } from '../../task.js';

const AT_ONCE = 500;

/** Adds tasks with this library, and cancels them before anybody has read them. */
export async function addAndCancel(url: string, queue: string, count: number): Promise<void> {
  const module = RedisStreamsModule.forRoot({ connection: url, consume: false });
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  const ids = await app.get(StreamProducer).addBulk(
    queue,
    Array.from({ length: count }, () => ({ payload: TASK })),
  );
  const tasks = app.get(StreamTasks);
  for (let cancelled = 0; cancelled < ids.length; cancelled += AT_ONCE) {
    const some = ids.slice(cancelled, cancelled + AT_ONCE);
    const outcomes = await Promise.all(some.map((id) => tasks.cancel(queue, id, { reason: 'the user pressed stop' })));
    if (outcomes.some((outcome) => outcome !== 'cancelled')) throw new Error('Not all tasks were cancelled.');
  }
  await app.close();
}
