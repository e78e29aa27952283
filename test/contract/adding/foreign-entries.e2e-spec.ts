import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('handles entries that a plain XADD added: an object of strings, headers apart, the last of a repeated field', async () => {
  const stream = uniqueStream();
  const seen: { payload: unknown; headers: unknown }[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle(@Payload() payload: unknown, @Ctx() { headers }: StreamContext) {
      seen.push({ payload, headers });
    }
  }
  await startApp({ controllers: [Worker] });
  const cli = redisCli();
  await cli.xadd(stream, '*', 'prompt', 'Summarize', 'user_id', '12345', 'priority', 'low', 'priority', 'high');
  await cli.xadd(stream, '*', 'prompt', 'p', '~traceparent', '00-ab-cd-01');
  await cli.xadd(stream, '*', '__proto__', 'polluted', 'constructor', 'c');

  await eventually(() => seen.length === 3);
  expect(seen[0]).toEqual({ payload: { prompt: 'Summarize', user_id: '12345', priority: 'high' }, headers: {} });
  expect(seen[1]).toEqual({ payload: { prompt: 'p' }, headers: { traceparent: '00-ab-cd-01' } });
  expect(Object.entries(seen[2]!.payload as object)).toEqual([
    ['__proto__', 'polluted'],
    ['constructor', 'c'],
  ]);
  expect(Object.getPrototypeOf(seen[2]!.payload)).toBe(Object.prototype);
});

it('goes on after a foreign entry of 10 MB', async () => {
  const stream = uniqueStream();
  const sizes: number[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle(@Payload() { text }: { text: string }) {
      sizes.push(text.length);
    }
  }
  await startApp({ controllers: [Worker] });
  const cli = redisCli();
  await cli.xadd(stream, '*', 'text', 'x'.repeat(10_000_000));
  await cli.xadd(stream, '*', 'text', 'small');
  await eventually(() => sizes.length === 2);
  expect(sizes).toEqual([10_000_000, 5]);
});

it('can be read by a plain XREADGROUP of another language in a group of its own', async () => {
  const stream = uniqueStream();

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {}
  }
  const app = await startApp({ controllers: [Worker] });
  const cli = redisCli();
  await cli.xgroup('CREATE', stream, 'python', '0', 'MKSTREAM');
  const id = await app.producer.add(stream, { prompt: 'p', model: 'gpt-4', tokens: 7 });

  const reply = await cli.xreadgroup(
    'GROUP',
    'python',
    'worker-1',
    'COUNT',
    10,
    'BLOCK',
    5_000,
    'STREAMS',
    stream,
    '>',
  );
  expect(reply).toEqual([[stream, [[id, ['prompt', 'p', 'model', 'gpt-4', 'tokens', '7', '~json:tokens', '']]]]]);
});

it('takes a foreign worker’s entry over only after claimForeignAfterMs', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  await cli.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
  const id = (await cli.xadd(stream, '*', 'prompt', 'p'))!;
  await cli.xreadgroup('GROUP', 'workers', 'worker-instance-1', 'COUNT', 10, 'STREAMS', stream, '>');
  const taken = performance.now();
  const seen: { id: string; deliveryCount: number; afterMs: number }[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { leaseMs: 400 })
    async handle(@Ctx() { entryId, deliveryCount }: StreamContext) {
      seen.push({ id: entryId, deliveryCount, afterMs: performance.now() - taken });
    }
  }
  await startApp({ controllers: [Worker], options: { claimForeignAfterMs: 2_500 } });

  await eventually(() => seen.length === 1);
  expect(seen[0]).toMatchObject({ id, deliveryCount: 2 });
  expect(seen[0]!.afterMs).toBeGreaterThanOrEqual(2_450);
});
