import { Redis } from 'ioredis';
import type { Task } from '../task.js';
import { unfinishedInGroup } from './group-backlog.js';
import type { BenchSystem, ConsumeOptions, OnTask, Producer } from './system.js';

const GROUP = 'workers';

/** The ceiling: nothing but ioredis, flat fields, reads as large as the concurrency, acks that nobody waits for. */
export const bare: BenchSystem = {
  producer: (url, queue) => Promise.resolve(producer(new Redis(url), queue)),
  consume,
  unfinished: (redis, queue) => unfinishedInGroup(redis, queue, GROUP),
};

export const bareAutopipelining: BenchSystem = {
  ...bare,
  producer: (url, queue) => Promise.resolve(producer(new Redis(url, { enableAutoPipelining: true }), queue)),
};

function producer(redis: Redis, queue: string): Producer {
  return {
    add: (task) => redis.xadd(queue, '*', ...fieldsOf(task)),
    addBulk: (tasks) => {
      const pipeline = redis.pipeline();
      for (const task of tasks) pipeline.xadd(queue, '*', ...fieldsOf(task));
      return pipeline.exec();
    },
    close: async () => {
      await redis.quit();
    },
  };
}

function fieldsOf({ prompt, model, user_id, requested_at }: Task): string[] {
  return ['prompt', prompt, 'model', model, 'user_id', user_id, 'requested_at', requested_at];
}

async function consume({ url, queues, concurrency }: ConsumeOptions, onTask: OnTask): Promise<void> {
  const acks = new Redis(url);
  for (const queue of queues) {
    await acks.xgroup('CREATE', queue, GROUP, '0', 'MKSTREAM');
    void loop(new Redis(url), acks, queue, concurrency, onTask);
  }
}

async function loop(reader: Redis, acks: Redis, queue: string, count: number, onTask: OnTask): Promise<never> {
  for (;;) {
    const reply = (await reader.xreadgroup(
      'GROUP',
      GROUP,
      'consumer',
      'COUNT',
      count,
      'BLOCK',
      5_000,
      'STREAMS',
      queue,
      '>',
    )) as [string, [string, string[]][]][] | null;
    if (!reply) continue;
    const ids: string[] = [];
    const waits: Promise<void>[] = [];
    for (const [id, fields] of reply[0]![1]) {
      ids.push(id);
      const wait = onTask(fields[7]!, 1);
      if (wait) waits.push(wait);
    }
    if (waits.length > 0) await Promise.all(waits);
    void acks.xack(queue, GROUP, ...ids);
  }
}
