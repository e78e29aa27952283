import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ClientProxy, ClientsModule, Payload } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import { RedisStreamsClient, StreamHandler, StreamTasks, type TaskRpcException } from 'nestjs-redis-streams';
import { firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { closeWithTest, startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const ALONE = Symbol('alone');

/** A worker, and another application that has no RedisStreamsModule. */
async function scene(options?: object) {
  const stream = uniqueStream('clients');
  const go = deferred();
  const started = deferred();
  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle(@Payload() { n, hold }: { n: number; hold?: boolean }) {
      started.resolve();
      if (hold) await go.promise;
      return n + 1;
    }
  }
  const worker = await startApp({ controllers: [Worker], options: { shutdownTimeoutMs: 200 } });
  @Module({ imports: [ClientsModule.register([{ name: ALONE, customClass: RedisStreamsClient, options: options! }])] })
  class ApiModule {}
  const api = await NestFactory.createApplicationContext(ApiModule, { logger: false });
  closeWithTest(api);
  return { stream, go, started, worker, api, client: api.get<ClientProxy>(ALONE) };
}

it('ClientsModule makes a client that needs no RedisStreamsModule', async () => {
  const { stream, client, worker } = await scene();
  expect(client).toBeInstanceOf(RedisStreamsClient);
  await client.connect();
  expect(await firstValueFrom(client.send(stream, { n: 1 }))).toBe(2);
  const id = (await firstValueFrom(client.emit(stream, { n: 1 }))) as string;
  await worker.get(StreamTasks).result(stream, id);
});

it('made by registerAsync it may use the connections of the one that RedisStreamsModule provides', async () => {
  const stream = uniqueStream('clients');
  @Controller()
  class Worker {
    @StreamHandler(stream, { group: 'ocr' })
    async handle() {
      return 'read';
    }
  }
  const app = await startApp({
    controllers: [Worker],
    imports: [
      ClientsModule.registerAsync([
        {
          name: 'OCR',
          inject: [RedisStreamsClient],
          useFactory: (via: RedisStreamsClient) => ({
            customClass: RedisStreamsClient,
            options: { via, group: 'ocr' },
          }),
        },
      ]),
    ],
  });
  const client = app.get<ClientProxy>('OCR');
  expect(await firstValueFrom(client.send(stream, {}))).toBe('read');
  expect(client.unwrap()).toBe(app.get(RedisStreamsClient).unwrap());
});

it('it opens nothing before it is used; closing it ends what is pending with an error, and its connections; then it may be used again', async () => {
  const { stream, client, go, started, worker } = await scene();
  const statuses: string[] = [];
  client.status.subscribe((status: string) => statuses.push(status));
  expect(statuses).toEqual([]);
  const failed = firstValueFrom(client.send(stream, { n: 1, hold: true })).catch((error: unknown) => error);
  await started.promise;
  const redis = client.unwrap<Redis>();
  client.close();
  const error = (await failed) as TaskRpcException;
  expect(error).toMatchObject({ name: 'TaskRpcException', cause: { name: 'RedisUnavailableError' } });
  expect(error.message).toMatch(/The client is closed: it waits no longer for the task .* which goes on/);
  await eventually(() => redis.status === 'end');
  go.resolve();
  // The reply is the stored result: whoever has the id gets it.
  expect(await worker.get(StreamTasks).result(stream, error.taskId)).toBe(2);
  expect(await firstValueFrom(client.send(stream, { n: 5 }))).toBe(6);
  expect(statuses).toEqual(['connected', 'disconnected', 'connected']);
});

it('a subscriber that throws keeps no other from its error', async () => {
  const { stream, client, started } = await scene();
  const errors: unknown[] = [];
  const thrown: unknown[] = [];
  const uncaught = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.once('uncaughtException', (error) => thrown.push(error));
  for (const n of [1, 2, 3]) {
    client.send(stream, { n, hold: true }).subscribe({
      error: (error: unknown) => {
        errors.push(error);
        if (n === 1) throw new Error('a subscriber failed');
      },
    });
  }
  await started.promise;
  await eventually(async () => (await redisCli().xlen(stream)) === 3);
  client.close();
  await eventually(() => thrown.length === 1);
  for (const listener of uncaught) process.on('uncaughtException', listener);
  expect(errors.length).toBe(3);
});

it('an application that shuts down ends its replies, and its connections', async () => {
  const { stream, client, started, api } = await scene();
  const failed = firstValueFrom(client.send(stream, { n: 1, hold: true })).catch((error: unknown) => error);
  await started.promise;
  const redis = client.unwrap<Redis>();
  await api.close();
  expect(await failed).toMatchObject({ name: 'TaskRpcException', cause: { name: 'RedisUnavailableError' } });
  await eventually(() => redis.status === 'end');
});

it('one that the module provides ends its replies with the module', async () => {
  const { stream, started, worker } = await scene();
  const failed = firstValueFrom(worker.get(RedisStreamsClient).send(stream, { n: 1, hold: true })).catch(
    (error: unknown) => error,
  );
  await started.promise;
  await worker.close();
  expect(await failed).toMatchObject({ name: 'TaskRpcException', cause: { name: 'RedisUnavailableError' } });
});

it('it cannot connect where there is no Redis, and says why; as does what is sent', async () => {
  const client = new RedisStreamsClient({ connection: 'redis://127.0.0.1:1', addTimeoutMs: 200 });
  await expect(client.connect()).rejects.toThrow(/RedisStreamsClient cannot connect to Redis at .*127.0.0.1:1/);
  await expect(firstValueFrom(client.send(uniqueStream(), {}))).rejects.toMatchObject({
    name: 'RedisUnavailableError',
  });
  await expect(firstValueFrom(client.emit(uniqueStream(), {}))).rejects.toMatchObject({
    name: 'RedisUnavailableError',
  });
  client.close();
});

it('a prefix, and events of ioredis, are as elsewhere', async () => {
  const client = new RedisStreamsClient({ prefix: 'pre:' });
  const heard: string[] = [];
  client.on('ready', () => heard.push('ready'));
  const stream = uniqueStream('clients');
  await firstValueFrom(client.emit(stream, {}));
  expect(await redisCli().xlen(`pre:${stream}`)).toBe(1);
  expect(heard).toEqual(['ready']);
  client.close();
});

it('connections of its own beside via are refused', () => {
  const via = new RedisStreamsClient();
  expect(() => new RedisStreamsClient({ via, prefix: 'x:' })).toThrow(/prefix beside via/);
});
