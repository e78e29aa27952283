import { Controller } from '@nestjs/common';
import { DeadLetters, StreamHandler, StreamOperations, StreamReplay, UnrecoverableError } from 'nestjs-redis-streams';
import { RedisStreamsTracingModule, type RedisStreamsTracingOptions } from 'nestjs-redis-streams/tracing';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { Traces } from '../../support/traces.js';

/** A traced application whose handler fails as often as its spec says. */
async function setUp(failures: number, options: RedisStreamsTracingOptions = {}) {
  const traces = new Traces();
  const stream = uniqueStream();
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle() {
      if (++runs <= failures) throw new UnrecoverableError(`run ${runs}`);
    }
  }
  const app = await startApp({ controllers: [Worker], imports: [RedisStreamsTracingModule.forRoot(options)] });
  return { traces, stream, app };
}

it('a run after a redrive links to what created its task, to the redrive, and to the run that it died of', async () => {
  const { traces, stream, app } = await setUp(2);
  const id = await app.producer.add(stream, {});
  const send = await traces.one(`send ${stream}`);
  const [first] = await traces.ended(`process ${stream}`);
  const [letter] = await deadLetters(redisCli(), stream);
  expect(letter!.fields['~dead-traceparent']).toBe(`00-${first!.trace}-${first!.id}-01`);

  const letters = app.get(DeadLetters);
  const [request, operation] = await traces.within('request', async (span) => {
    const started = await letters.redrive(stream, { all: true }, { by: 'ana' });
    return [span, await started.ended()] as const;
  });
  const [, second] = await traces.ended(`process ${stream}`, 2);
  const redrive = await traces.one(`redrive ${stream}`);
  expect(redrive).toMatchObject({ kind: 'PRODUCER', parent: request.spanId, trace: request.traceId, status: 'UNSET' });
  expect(redrive.attributes).toMatchObject({
    'messaging.operation.name': 'redrive',
    'messaging.operation.type': 'send',
    'redis_streams.operation_id': operation.id,
  });
  expect(second).toMatchObject({ parent: undefined, links: [send.id, redrive.id, first!.id] });
  expect(second!.attributes).toMatchObject({
    'messaging.message.id': id,
    'redis_streams.redrive.count': 1,
    'redis_streams.operation_id': operation.id,
    'redis_streams.message.delivery_count': 1,
  });
  expect(second!.attributes).not.toHaveProperty('redis_streams.replayed');
  // What goes with the tasks is no part of what somebody asked for.
  expect((await app.get(StreamOperations).get(stream, operation.id))!.selection).not.toHaveProperty('carried');

  // It has died once more: the next one links to that run, and to the other redrive.
  await eventually(async () => (await deadLetters(redisCli(), stream)).length === 1);
  await (await letters.redrive(stream, { all: true }, { again: true })).ended();
  const [, again] = await traces.ended(`redrive ${stream}`, 2);
  const [, , third] = await traces.ended(`process ${stream}`, 3);
  expect(third!.links).toEqual([send.id, again!.id, second!.id]);
  expect(third!.attributes).toMatchObject({
    'redis_streams.redrive.count': 2,
    'redis_streams.outcome': 'completed',
  });
});

it('how long a redriven task waited counts from its redrive, not from its entry', async () => {
  const { traces, stream, app } = await setUp(1);
  await redisCli().xadd(stream, `${Date.now() - 86_400_000}-0`, 'n', '1');
  const [first] = await traces.ended(`process ${stream}`);
  expect(first!.attributes['redis_streams.wait_ms']).toBeGreaterThan(86_000_000);
  await eventually(async () => (await deadLetters(redisCli(), stream)).length === 1);
  await app.get(DeadLetters).redrive(stream, { all: true });
  const [, second] = await traces.ended(`process ${stream}`, 2);
  expect(second!.attributes['redis_streams.wait_ms']).toBeLessThan(60_000);
});

it('with correlation parent a redriven task stays in its trace; a replayed one as well, and a copy', async () => {
  const { traces, stream, app } = await setUp(1, { correlation: 'parent' });
  await app.producer.add(stream, {});
  const send = await traces.one(`send ${stream}`);
  await eventually(async () => (await deadLetters(redisCli(), stream)).length === 1);
  await app.get(DeadLetters).redrive(stream, { all: true });
  const [first, second] = await traces.ended(`process ${stream}`, 2);
  const redrive = await traces.one(`redrive ${stream}`);
  expect(second).toMatchObject({ parent: send.id, trace: send.trace, links: [redrive.id, first!.id] });

  const replays = app.get(StreamReplay);
  await (await replays.start(stream, { all: true })).ended();
  const replay = await traces.one(`replay ${stream}`);
  const [, , third] = await traces.ended(`process ${stream}`, 3);
  expect(third).toMatchObject({ parent: send.id, links: [replay.id] });
  expect(third!.attributes).toMatchObject({ 'redis_streams.replayed': true });

  await (await replays.start(stream, { all: true }, { copyTo: stream })).ended();
  const [, copying] = await traces.ended(`replay ${stream}`, 2);
  const processed = await traces.ended(`process ${stream}`, 4);
  expect(processed[3]).toMatchObject({ parent: send.id, links: [copying!.id] });
});

it('a redrive that cannot be started is an error, and a purge is no span', async () => {
  const { traces, stream, app } = await setUp(0);
  const letters = app.get(DeadLetters);
  await (await letters.purge(stream, { all: true })).ended();
  await redisCli().set(`{${stream}}:operations`, 'of somebody else');
  await expect(letters.redrive(stream, { all: true })).rejects.toThrow(/WRONGTYPE/);
  const redrive = await traces.one(`redrive ${stream}`);
  expect(redrive.status).toBe('ERROR');
  expect(traces.spans.map(({ name }) => name)).toEqual([`redrive ${stream}`]);
});

it('who does not trace writes nothing of it', async () => {
  const stream = uniqueStream();

  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle() {
      throw new UnrecoverableError('never');
    }
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.add(stream, {});
  const [letter] = await deadLetters(redisCli(), stream);
  expect(Object.keys(letter!.fields)).not.toContain('~dead-traceparent');
});
