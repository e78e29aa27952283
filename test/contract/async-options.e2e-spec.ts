import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  type RedisStreamsAsyncOptions,
  RedisStreamsModule,
  type RedisStreamsOptionsFactory,
  StreamProducer,
} from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { closeWithTest } from '../support/app.js';
import { redisCli } from '../support/redis-cli.js';
import { uniqueStream } from '../support/streams.js';

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

it('forRootAsync without any of them says what it takes', () => {
  expect(() => RedisStreamsModule.forRootAsync({})).toThrow(/one of useFactory, useClass and useExisting/);
});
