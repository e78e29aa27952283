import { Controller, Module } from '@nestjs/common';
import { StreamHandler } from 'nestjs-redis-streams';
import { RedisStreamsTracingModule, type RedisStreamsTracingOptions } from 'nestjs-redis-streams/tracing';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { uniqueStream } from '../../support/streams.js';
import { Traces } from '../../support/traces.js';

class Settings {
  readonly correlation = 'parent';
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

function tracedBy(useFactory: (settings: Settings) => Promise<RedisStreamsTracingOptions>) {
  return RedisStreamsTracingModule.forRootAsync({ imports: [SettingsModule], inject: [Settings], useFactory });
}

it('options of tracing may be made of what others provide', async () => {
  const traces = new Traces();
  const stream = uniqueStream();

  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle() {}
  }
  const tracing = tracedBy(async ({ correlation }) => ({ correlation, tracerProvider: traces.provider }));
  const app = await startApp({ controllers: [Worker], imports: [tracing] });
  await app.producer.add(stream, {});
  const send = await traces.one(`send ${stream}`);
  expect((await traces.one(`process ${stream}`)).parent).toBe(send.id);
});

it('wrong ones fail the start as they do with forRoot', async () => {
  const wrong = tracedBy(async () => ({ correlation: 'child' as never }));
  await expect(startApp({ imports: [wrong] })).rejects.toThrow(/'link' or 'parent'/);
  const nothing = tracedBy(async () => undefined as never);
  await expect(startApp({ imports: [nothing] })).rejects.toThrow(/factory of forRootAsync returns must be an object/);
});
