import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  type RedisStreamsAsyncOptions,
  RedisStreamsModule,
  type RedisStreamsOptionsFactory,
  StreamProducer,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { closeWithTest } from '../../support/app.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { typeErrors } from '../../support/type-errors.js';

@Injectable()
class Config implements RedisStreamsOptionsFactory {
  readonly prefix = 'from-config:';

  createRedisStreamsOptions() {
    return { prefix: this.prefix };
  }
}

@Module({ providers: [Config], exports: [Config] })
class ConfigModule {}

it.each<[string, RedisStreamsAsyncOptions]>([
  ['useFactory', { imports: [ConfigModule], inject: [Config], useFactory: async ({ prefix }: Config) => ({ prefix }) }],
  ['useClass', { useClass: Config }],
  ['useExisting', { imports: [ConfigModule], useExisting: Config }],
])('forRootAsync takes its options from %s', async (_name, options) => {
  const module = await Test.createTestingModule({ imports: [RedisStreamsModule.forRootAsync(options)] }).compile();
  closeWithTest(module);
  await module.init();
  const stream = uniqueStream();
  await module.get(StreamProducer).add(stream, {});
  expect(await redisCli().xlen(`from-config:${stream}`)).toBe(1);
});

describe('forRootAsync refuses', () => {
  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /one of useFactory, useClass and useExisting, got none of them/],
    ['an empty object', {}, /one of useFactory, useClass and useExisting, got none of them/],
    ['two at once', { useFactory: () => ({}), useClass: Config }, /got useFactory and useClass/],
    ['a misspelt one', { useFactroy: () => ({}) }, /Did you mean 'useFactory'\?/],
    ['options instead of a factory', { useFactory: { prefix: 'x' } }, /useFactory must be a function/],
    ['inject beside a class', { useClass: Config, inject: [Config] }, /inject is for useFactory/],
  ])('%s', (_name, options, message) => {
    expect(() => RedisStreamsModule.forRootAsync(options as never)).toThrow(message);
  });

  it('a factory that returns nothing', async () => {
    const module = RedisStreamsModule.forRootAsync({ useFactory: () => undefined as never });
    await expect(Test.createTestingModule({ imports: [module] }).compile()).rejects.toThrow(
      /returns must be an object with options \(\{\} for the defaults\), got undefined/,
    );
  });

  it('none and two of them by its types, too', () => {
    const factory = 'useFactory: async (name: string) => ({ prefix: name })';
    const good = [`{ inject: ['NAME'], ${factory} }`, '{ useClass: Config }', '{ useExisting: Config, imports: [] }'];
    const bad = ['{}', '{ imports: [] }', `{ ${factory}, useClass: Config }`, '{ useClass: Config, inject: [] }'];
    expect(errorsOf(good.map((options) => `RedisStreamsModule.forRootAsync(${options});`))).toEqual([]);
    const errors = errorsOf(bad.map((options) => `RedisStreamsModule.forRootAsync(${options});`));
    expect(errors).toEqual(bad.map(() => expect.stringMatching(/not assignable to (parameter of )?type/)));
  });
});

it('a connection factory, and what may be missing in the environment, compile with exactOptionalPropertyTypes', () => {
  const good = ["(role, options) => new Redis({ host: 'x', ...options })", 'process.env.QUEUE_REDIS_URL'];
  const bad = ["{ url: 'redis://x' }", 'new Redis()'];
  expect(errorsOf(good.map((connection) => `RedisStreamsModule.forRoot({ connection: ${connection} });`))).toEqual([]);
  const errors = errorsOf(bad.map((connection) => `RedisStreamsModule.forRoot({ connection: ${connection} });`));
  expect(errors).toEqual([expect.stringMatching(/'url' does not exist/), expect.stringMatching(/not assignable/)]);
});

function errorsOf(statements: string[]): string[] {
  const source = `
    import { Redis } from 'ioredis';
    import { RedisStreamsModule } from 'nestjs-redis-streams';
    export class Config { createRedisStreamsOptions() { return {}; } }
    ${statements.join('\n')}
  `;
  return typeErrors(source, { exactOptionalPropertyTypes: true });
}
