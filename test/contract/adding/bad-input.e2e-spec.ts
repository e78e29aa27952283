import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import {
  type RedisStreamsOptions,
  RedisStreamsModule,
  RedisUnavailableError,
  StreamHandler,
  type StreamHandlerOptions,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../scripts/redis/start-redis.mjs';
import { startApp } from '../../support/app.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

function startWith(options: RedisStreamsOptions, handler: StreamHandlerOptions = {}, stream = uniqueStream()) {
  @Controller()
  class Worker {
    @StreamHandler(stream, handler)
    async handle() {}
  }
  return startApp({ controllers: [Worker], options });
}

describe('the start-up fails with an error that says what to do, for', () => {
  it.each<[string, RedisStreamsOptions, RegExp]>([
    ['an unknown option', { concurency: 5 } as never, /Unknown option 'concurency'.*Known ones: connection/],
    ['a URL that is none', { connection: 'localhost:6379' }, /connection must be a URL such as redis:\/\//],
    ['a keyPrefix', { connection: { host: 'x', keyPrefix: 'app:' } }, /keyPrefix.*forRoot\(\{ prefix/],
    ['a keyPrefix from a factory', { connection: () => new Redis({ lazyConnect: true, keyPrefix: 'x' }) }, /keyPrefix/],
    ['a blockMs of 0', { blockMs: 0 }, /blockMs must be a whole number, 100 to 60000, got 0/],
    ['a codec that is none', { codec: 'xml' as never }, /codec must be 'fields', 'json' or an object/],
    ['a wrong default for handlers', { handlerDefaults: { leaseMs: 1 } }, /handlerDefaults: leaseMs must be/],
    ['a hook that is no function', { hooks: { deadLettered: 1 as never } }, /hooks.deadLettered must be a function/],
    ['a consume that is neither', { consume: 'false' as never }, /consume must be true, false or an object/],
    ['a consume list that is none', { consume: { streams: 'a' as never } }, /consume.streams must be a list/],
  ])('%s', async (_name, options, message) => {
    await expect(startWith(options)).rejects.toThrow(message);
  });

  it.each<[string, StreamHandlerOptions, RegExp]>([
    [
      'a negative concurrency',
      { concurrency: -1 },
      /on Worker.handle: concurrency must be a whole number, 1 to 10000, got -1/,
    ],
    ['an unknown handler option', { retries: 3 } as never, /Unknown option 'retries' in @StreamHandler/],
    ['an unknown retry option', { retry: { attempts: 3 } as never }, /Unknown option 'attempts'.*maxDeliveries/],
    ['a startFrom that is no id', { startFrom: 'yesterday' }, /'first', 'new', a Date, or an entry id/],
    ['a jitter over 1', { retry: { backoff: { jitter: 2 } } }, /jitter must be a number from 0 to 1, got 2/],
    ['an empty group', { group: '' }, /group must be a string of 1 to 256/],
    ['deadLetter: true', { deadLetter: true as never }, /deadLetter must be false, or an object/],
  ])('%s', async (_name, handler, message) => {
    await expect(startWith({}, handler)).rejects.toThrow(message);
  });

  it('a handler in a provider, which Nest would never call', async () => {
    @Injectable()
    class Processor {
      @StreamHandler(uniqueStream())
      async handle() {}
    }
    await expect(startApp({ providers: [Processor] })).rejects.toThrow(
      /on Processor.handle would never run: it is in a provider of \w+.*from `providers` to `controllers`/,
    );
    // One that overrides it without the decorator has none, and one that is a controller as well is found.
    @Injectable()
    class Other extends Processor {
      override async handle() {}
    }
    await startApp({ providers: [Other] });
    await startApp({ controllers: [Processor], providers: [Processor] });
  });

  it.each([
    ['a{b', /hold no brace, or one non-empty tag/],
    ['a{}b', /hold no brace, or one non-empty tag/],
    ['{a}:{b}', /hold no brace, or one non-empty tag/],
    ['', /1 to 512 characters/],
    ['ai:queue:dead', /ends in ':dead'/],
  ])('the stream name %j', async (name, message) => {
    await expect(startWith({}, {}, name)).rejects.toThrow(message);
    const app = await startWith({});
    await expect(app.producer.add(name, {})).rejects.toThrow(message);
  });

  it('two handlers of one stream and group, naming both', async () => {
    const stream = uniqueStream();

    @Controller()
    class First {
      @StreamHandler(stream)
      async one() {}
    }
    @Controller()
    class Second {
      @StreamHandler(stream)
      async two() {}
    }
    await expect(startApp({ controllers: [First, Second] })).rejects.toThrow(/First\.one and Second\.two/);
  });

  it('two decorators on one method', () => {
    expect(() => {
      class Worker {
        @StreamHandler(uniqueStream())
        @StreamHandler(uniqueStream())
        async handle() {}
      }
      return Worker;
    }).toThrow(/two @StreamHandler decorators/);
  });

  it('a handler that is no method of the instances, which Nest would never call', () => {
    const stream = uniqueStream();
    expect(() => {
      // oxlint-disable-next-line typescript/no-extraneous-class -- the mistake itself
      class Worker {
        @StreamHandler(stream)
        static async handle() {}
      }
      return Worker;
    }).toThrow(/on Worker.handle would never run: it is a static member.*Write it as a method/);
    expect(() => {
      class Worker {
        // @ts-expect-error -- the compiler refuses it, too
        @StreamHandler(stream)
        handle = async () => undefined;
      }
      return Worker;
    }).toThrow(/on Worker.handle would never run: it is a property or accessor \(an arrow function is a property\)/);
  });

  it('a module that is imported twice, or bare', async () => {
    @Module({ imports: [RedisStreamsModule.forRoot()] })
    class Feature {}
    await expect(startApp({ imports: [Feature] })).rejects.toThrow(/imported twice/);

    @Module({ imports: [RedisStreamsModule] })
    class Bare {}
    await expect(NestFactory.createApplicationContext(Bare, { logger: false, abortOnError: false })).rejects.toThrow(
      /RedisStreamsModule.forRoot\(\)/,
    );
  });

  it('a Redis that is not there', async () => {
    const connection = `redis://127.0.0.1:${await freePort()}`;
    const failed = startWith({ connection, startupTimeoutMs: 500 });
    await expect(failed).rejects.toThrow(RedisUnavailableError);
    await expect(failed).rejects.toThrow(
      /did not let us in within startupTimeoutMs \(500 ms\).*ECONNREFUSED.*Start Redis there/,
    );
  });

  it('a wrong password, without showing it', async () => {
    const redis = await ownRedis('--requirepass', 'right');
    const connection = redis.url.replace('//', '//:wrong-secret@');
    const failed = startWith({ connection, startupTimeoutMs: 5_000 });
    await expect(failed).rejects.toThrow(RedisUnavailableError);
    await expect(failed).rejects.toThrow(/WRONGPASS.*Check the user name, password and ACL/);
    await expect(failed).rejects.not.toThrow(/wrong-secret/);
  });

  it('a key that is no stream', async () => {
    const stream = uniqueStream();
    await redisCli().set(stream, 'a string');
    const failed = startWith({}, {}, stream);
    await expect(failed).rejects.toThrow(RedisUnavailableError);
    await expect(failed).rejects.toThrow(/WRONGTYPE.*rename the stream or delete the key/);
  });
});
