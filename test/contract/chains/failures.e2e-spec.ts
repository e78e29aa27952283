import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks, UnrecoverableError } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('a run that fails, is cancelled or expires forwards nothing; the run that succeeds forwards its own', async () => {
  const [source, target] = [uniqueStream('source'), uniqueStream('target')];
  const waiting: string[] = [];
  @Controller()
  class Stages {
    @StreamHandler(source, { retry: { maxDeliveries: 3, backoff: { initialMs: 10 } }, abortGraceMs: 100 })
    async run(@Payload() { how }: { how: string }, @Ctx() context: StreamContext) {
      context.forward(target, { how, delivery: context.deliveryCount });
      if (how === 'fails') throw new Error('no luck');
      if (how === 'hopeless') throw new UnrecoverableError('never');
      if (how === 'at last' && context.deliveryCount < 3) throw new Error('not yet');
      if (how === 'waits') {
        waiting.push(context.taskId);
        await new Promise((_, reject) => {
          context.signal.addEventListener('abort', () => reject(context.signal.reason as Error));
        });
      }
    }
  }
  const app = await startApp({ controllers: [Stages] });
  const tasks = app.get(StreamTasks);
  const add = (how: string, options = {}) => app.producer.add(source, { how }, options);
  const failing = await Promise.all([add('fails'), add('hopeless')]);
  const expiring = await add('waits', { ttlMs: 200 });
  const cancelled = await add('waits');
  const succeeding = await add('at last');
  await eventually(() => waiting.includes(cancelled));
  await tasks.cancel(source, cancelled);
  const stateOf = async (id: string) => (await tasks.get(source, id)).state;
  await eventually(async () => {
    const states = await Promise.all([...failing, cancelled, expiring, succeeding].map(stateOf));
    return states.join() === 'dead-lettered,dead-lettered,cancelled,expired,completed';
  });
  const entries = await redisCli().xrange(target, '-', '+');
  expect(entries.map(([, fields]) => fields.slice(0, 4))).toEqual([['how', 'at last', 'delivery', '3']]);
});
