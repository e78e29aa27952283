import { Controller } from '@nestjs/common';
import { StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';
import { RedisStreamsTracingModule } from 'nestjs-redis-streams/tracing';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { Traces } from '../../support/traces.js';

it('a dead letter is a span, of its last attempt; of what could not be read, of its creation', async () => {
  const traces = new Traces();
  const stream = uniqueStream();
  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle() {
      throw new UnrecoverableError('hopeless');
    }
  }
  const app = await startApp({ controllers: [Worker], imports: [RedisStreamsTracingModule.forRoot()] });
  const id = await app.producer.add(stream, {});
  const letter = await traces.one(`dead_letter ${stream}`);
  const [send, process] = [await traces.one(`send ${stream}`), await traces.one(`process ${stream}`)];
  expect(process.status).toBe('ERROR');
  expect(process.attributes).toMatchObject({
    'error.type': 'UnrecoverableError',
    'redis_streams.outcome': 'dead_lettered',
  });
  expect(letter).toMatchObject({ kind: 'CLIENT', parent: process.id, trace: process.trace, links: [send.id] });
  expect(letter.attributes).toMatchObject({
    'messaging.operation.name': 'dead_letter',
    'messaging.operation.type': 'settle',
    'messaging.message.id': id,
    'messaging.consumer.group.name': 'workers',
    'redis_streams.message.delivery_count': 1,
    'redis_streams.dead_letter.reason': 'unrecoverable',
    'redis_streams.dead_letter.kept': true,
  });

  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await redisCli().xadd(stream, '*', 'n', '{', '~json:n', '', '~traceparent', traceparent);
  const [, unread] = await traces.ended(`dead_letter ${stream}`, 2);
  expect(unread).toMatchObject({ parent: 'b7ad6b7169203331', trace: '0af7651916cd43dd8448eb211c80319c', links: [] });
  expect(unread!.attributes['redis_streams.dead_letter.reason']).toBe('undecodable');
  expect(traces.named(`process ${stream}`)).toHaveLength(1);
});
