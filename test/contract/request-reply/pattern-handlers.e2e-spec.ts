import { Controller, Injectable } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { REDIS_STREAMS, RedisStreamsClient, StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** Nest 12's own type of it takes no method whose second parameter is a context. */
const Event = (stream: string, extras?: object): MethodDecorator => EventPattern(stream, REDIS_STREAMS, extras);

describe('methods of Nest’s own decorators that name the transport', () => {
  it('handle messages and events of streams, with what is asked for kept', async () => {
    const [sums, notes] = [uniqueStream('sums'), uniqueStream('notes')];
    const noted: string[] = [];
    @Controller()
    class Worker {
      @MessagePattern(sums, REDIS_STREAMS)
      async sum(@Payload('numbers') numbers: number[]) {
        return numbers.reduce((sum, number) => sum + number, 0);
      }

      @Event(notes)
      async note(@Payload() _note: unknown, @Ctx() context: StreamContext) {
        noted.push(context.taskId);
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const client = app.get(RedisStreamsClient);
    expect(await firstValueFrom(client.send(sums, { numbers: [1, 2, 3] }))).toBe(6);
    const id = await firstValueFrom(client.emit(notes, { text: 'a' }));
    await eventually(() => noted.includes(id));
    expect(await app.get(StreamTasks).result(notes, id)).toBeUndefined();
  });

  it('take the module’s defaults, and their extras as options', async () => {
    const [plain, special] = [uniqueStream('plain'), uniqueStream('special')];
    const runs: Record<string, number> = {};
    const failing = async ({ stream, group }: StreamContext) => {
      runs[`${stream} ${group}`] = (runs[`${stream} ${group}`] ?? 0) + 1;
      throw new Error('again');
    };
    @Controller()
    class Worker {
      @MessagePattern(plain, REDIS_STREAMS)
      plain(@Ctx() context: StreamContext) {
        return failing(context);
      }

      @Event(special, { group: 'own', retry: { maxDeliveries: 1 } })
      special(@Ctx() context: StreamContext) {
        return failing(context);
      }
    }
    const app = await startApp({
      controllers: [Worker],
      options: { handlerDefaults: { retry: { maxDeliveries: 2, backoff: { initialMs: 0 } } } },
    });
    const cli = redisCli();
    for (const stream of [plain, special]) {
      await app.producer.add(stream, { n: 1 });
      await eventually(async () => (await cli.xlen(`{${stream}}:dead`)) === 1);
    }
    expect(runs).toEqual({ [`${plain} workers`]: 2, [`${special} own`]: 1 });
  });

  it('stream where they are async generators, and may have several streams', async () => {
    const streams = [uniqueStream('a'), uniqueStream('b')];
    @Controller()
    class Worker {
      @MessagePattern(streams, REDIS_STREAMS)
      async *count(@Payload('to') to: number) {
        for (let n = 1; n <= to; n++) yield n;
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const client = app.get(RedisStreamsClient);
    for (const stream of streams) {
      expect(await lastValueFrom(client.send(stream, { to: 3 }).pipe(toArray()))).toEqual([1, 2, 3]);
    }
  });

  it('keep the process waiting for them to listen, where autoStart is false', async () => {
    const stream = uniqueStream();
    @Controller()
    class Worker {
      @Event(stream)
      async handle() {}
    }
    const app = await startApp({ controllers: [Worker], options: { autoStart: false } });
    await app.producer.add(stream, {});
    await eventually(
      () => app.logs.matching('error', /nobody|no microservice with RedisStreamsStrategy listens/).length > 0,
    );
    expect(await redisCli().xinfo('GROUPS', stream)).toEqual([]);
  });

  it('leave other transports’ patterns, and those of none, to whom they belong', async () => {
    const [other, none, ours] = [uniqueStream(), uniqueStream(), uniqueStream()];
    const done = deferred();
    @Controller()
    class Worker {
      @MessagePattern(other, Transport.TCP)
      tcp() {}

      @MessagePattern(none)
      none() {}

      @StreamHandler(ours)
      async ours() {
        done.resolve();
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const cli = redisCli();
    for (const stream of [other, none, ours]) await app.producer.add(stream, {});
    await done.promise;
    expect(await cli.xinfo('GROUPS', other)).toEqual([]);
    expect(await cli.xinfo('GROUPS', none)).toEqual([]);
  });
});

describe('the start fails', () => {
  it('for two handlers of one pattern', async () => {
    const stream = uniqueStream();
    @Controller()
    class Worker {
      @MessagePattern(stream, REDIS_STREAMS)
      one() {}

      @StreamHandler(stream)
      async two() {}
    }
    await expect(startApp({ controllers: [Worker] })).rejects.toThrow(
      /Two handlers for the stream '.*Worker.one and Worker.two/,
    );
  });

  it('for a pattern that is no stream’s name', async () => {
    @Controller()
    class Worker {
      @MessagePattern({ cmd: 'sum' }, REDIS_STREAMS)
      sum() {}
    }
    await expect(startApp({ controllers: [Worker] })).rejects.toThrow(
      /@MessagePattern on Worker.sum: A stream name is a string .*got \{ cmd: 'sum' \}/,
    );
  });

  it('for extras that are no options', async () => {
    const stream = uniqueStream();
    @Controller()
    class Worker {
      @Event(stream, { concurency: 5 })
      handle() {}
    }
    await expect(startApp({ controllers: [Worker] })).rejects.toThrow(
      /Unknown option 'concurency' in @EventPattern\('.*'\) on Worker.handle. Did you mean 'concurrency'/,
    );
  });

  it('for a method that has both kinds of decorators', async () => {
    const stream = uniqueStream();
    @Controller()
    class Worker {
      @MessagePattern(`${stream}:b`, REDIS_STREAMS)
      @StreamHandler(stream)
      async handle() {}
    }
    await expect(startApp({ controllers: [Worker] })).rejects.toThrow(
      /Worker.handle has a @StreamHandler and another pattern/,
    );
  });

  it('for one in a provider, where Nest finds none', async () => {
    @Injectable()
    class Stray {
      @MessagePattern(uniqueStream(), REDIS_STREAMS)
      handle() {}
    }
    await expect(startApp({ providers: [Stray] })).rejects.toThrow(
      /@MessagePattern\('.*'\) on Stray.handle would never run/,
    );
  });
});
