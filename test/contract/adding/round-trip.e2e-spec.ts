import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import fc from 'fast-check';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

it.each(['fields', 'json'] as const)(
  'gives back every JSON value as it was, through Redis and the %s codec',
  async (codec) => {
    const stream = uniqueStream();
    const received = new Map<string, unknown>();

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 100 })
      async handle(@Payload() payload: unknown, @Ctx() { entryId }: StreamContext) {
        received.set(entryId, payload);
      }
    }
    const app = await startApp({ controllers: [Worker], options: { codec } });
    const key = fc
      .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'a,b', '%2C', '', 'toString'))
      .filter((text) => !text.startsWith('~'));
    const anyJson = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' });
    const payloads = fc.sample(
      fc.oneof(anyJson, fc.dictionary(key, anyJson), fc.dictionary(key, fc.string({ unit: 'binary' }))),
      500,
    );
    const edges = [
      {},
      [],
      '',
      0,
      -0,
      null,
      true,
      { a: null },
      { s: '\ud800' },
      { '\udfff': 1 },
      { n: 1e21 },
      { e: '' },
      { j: '"x"' },
    ];
    const all = [...payloads, ...edges];

    const ids = await app.producer.addBulk(
      stream,
      all.map((payload) => ({ payload })),
    );

    await eventually(() => received.size === all.length);
    for (const [n, payload] of all.entries()) {
      expect(received.get(ids[n]!)).toStrictEqual(JSON.parse(JSON.stringify(payload)));
    }
  },
);
