import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, type StreamProducer } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';

declare module 'nestjs-redis-streams' {
  interface StreamPayloads {
    'typed:inference': { prompt: string; tokens: number };
  }
}

/** Never called: the compiler is the test. */
function calls(producer: StreamProducer) {
  return [
    () => producer.add('typed:inference', { prompt: 'p', tokens: 1 }),
    () => producer.add('any:other', { whatever: [1, 2] }),
    // @ts-expect-error -- tokens is missing
    () => producer.add('typed:inference', { prompt: 'p' }),
    // @ts-expect-error -- tokens is a number
    () => producer.addBulk('typed:inference', [{ payload: { prompt: 'p', tokens: 'many' } }]),
  ];
}

it('types add by declaration merging, and leaves other streams open', () => {
  expect(calls).toBeDefined();
});

it('types handlers: the payload, one of its keys, or the context may come first', () => {
  @Controller()
  class Worker {
    @StreamHandler('typed:inference')
    async whole(@Payload() _payload: { prompt: string; tokens: number }) {}

    @StreamHandler('typed:inference', { group: 'part' })
    async part(@Payload('prompt') _prompt: string, @Ctx() _context: StreamContext) {}

    @StreamHandler('typed:inference', { group: 'context' })
    async context(@Ctx() _context: StreamContext) {}

    // @ts-expect-error -- prompt is a string
    @StreamHandler('typed:inference', { group: 'wrong' })
    async wrong(@Payload() _payload: { prompt: number }) {}

    @StreamHandler('any:other')
    async untyped(@Payload() _payload: { anything: boolean }) {}
  }
  expect(Worker).toBeDefined();
});
