import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { RedisStreamsClient, StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { firstValueFrom, lastValueFrom, timeout } from 'rxjs';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

async function scene() {
  const stream = uniqueStream('reply');
  const started: string[] = [];
  const aborted: string[] = [];
  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 100 })
    async handle(@Payload('hold') hold: boolean, @Ctx() { taskId, signal }: StreamContext) {
      started.push(taskId);
      if (hold) {
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push(taskId);
            reject(signal.reason as Error);
          });
        });
      }
      return 'done';
    }
  }
  const app = await startApp({ controllers: [Worker] });
  return {
    stream,
    started,
    aborted,
    client: app.get(RedisStreamsClient),
    tasks: app.get(StreamTasks),
    cli: redisCli(),
  };
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

it('leaving a reply leaves its task alone', async () => {
  const { stream, client, started, tasks } = await scene();
  const subscription = client.send(stream, { hold: true }).subscribe();
  await eventually(() => started.length === 1);
  subscription.unsubscribe();
  expect(await firstValueFrom(client.send(stream, { hold: false }))).toBe('done');
  expect(await tasks.get(stream, started[0]!)).toMatchObject({ state: 'running', cancelRequested: undefined });
});

it('with cancelOnUnsubscribe it cancels it, also when it is left before Redis has answered the add; a reply that came is not cancelled', async () => {
  const { stream, client: via, started, aborted, tasks, cli } = await scene();
  const client = new RedisStreamsClient({ via, cancelOnUnsubscribe: true });
  const subscription = client.send(stream, { hold: true }).subscribe();
  await eventually(() => started.length === 1);
  subscription.unsubscribe();
  await eventually(() => aborted.includes(started[0]!));
  await eventually(async () => (await tasks.get(stream, started[0]!)).state === 'cancelled');

  client.send(stream, { hold: true }).subscribe().unsubscribe();
  const early = client.send(stream, { hold: true }).subscribe();
  // The client is connected: the task is sent, and its answer not read yet.
  await new Promise(setImmediate);
  early.unsubscribe();
  await eventually(async () => {
    const ids = (await cli.xrange(stream, '-', '+')).map(([id]) => id);
    const states = await Promise.all(ids.map(async (id) => (await tasks.get(stream, id)).state));
    return !states.some((state) => state === 'waiting' || state === 'running');
  });

  expect(await firstValueFrom(client.send(stream, { hold: false }))).toBe('done');
  expect(await tasks.get(stream, started.at(-1)!)).toMatchObject({ state: 'completed', cancelRequested: undefined });
});

it('the timeout operator leaves no timer, and no ear beyond its time', async () => {
  const { stream, client, started, cli } = await scene();
  await firstValueFrom(client.send(stream, { hold: false }));
  const before = timers();
  const waits = Array.from({ length: 50 }, () =>
    lastValueFrom(client.send(stream, { hold: true }).pipe(timeout(500))).catch((error: Error) => error.name),
  );
  expect(new Set(await Promise.all(waits))).toEqual(new Set(['TimeoutError']));
  await eventually(() => started.length === 51);
  // The handlers' own runs may have some.
  await eventually(() => timers() <= before + 5);
  for (const id of started) {
    const ttl = await cli.pttl(`{${stream}}:workers:ears:${id}`);
    expect(ttl).toBeLessThanOrEqual(5_000);
    expect(ttl).not.toBe(-1);
  }
});

it('2,000 sends at once get each its own reply, and leave no timer behind', async () => {
  const stream = uniqueStream('reply');
  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 200 })
    async handle(@Payload('n') n: number) {
      return n;
    }
  }
  const client = (await startApp({ controllers: [Worker] })).get(RedisStreamsClient);
  await firstValueFrom(client.send(stream, { n: -1 }));
  const before = timers();
  const replies = Array.from({ length: 2_000 }, (_, n) => firstValueFrom(client.send(stream, { n })));
  expect(await Promise.all(replies)).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
  await eventually(() => timers() <= before + 5);
});
