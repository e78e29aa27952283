import { Controller, Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Ctx, type RequestContext } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const RETRY_FAST = { retry: { maxDeliveries: 2, backoff: { initialMs: 5, jitter: 0 } } };

describe('request scope', () => {
  it('gives each delivery an instance of its own, with the entry as the injected request', async () => {
    const stream = uniqueStream();
    const seen: { service: number; data: unknown; entryId: string }[] = [];
    let instances = 0;

    @Injectable({ scope: Scope.REQUEST })
    class PerTask {
      readonly number = ++instances;
      constructor(@Inject(REQUEST) readonly request: RequestContext<unknown, StreamContext>) {}
    }

    @Controller()
    class Worker {
      constructor(private readonly perTask: PerTask) {}

      @StreamHandler(stream)
      async handle(@Ctx() { entryId }: StreamContext) {
        const { number, request } = this.perTask;
        seen.push({ service: number, data: request.getData(), entryId: request.getContext().entryId });
        expect(request.getContext().entryId).toBe(entryId);
      }
    }
    const app = await startApp({ controllers: [Worker], providers: [PerTask] });
    const ids = await app.producer.addBulk(stream, [{ payload: { n: 1 } }, { payload: { n: 2 } }]);

    await eventually(() => seen.length === 2);
    expect(seen.toSorted((a, b) => a.service - b.service)).toEqual([
      { service: 1, data: { n: 1 }, entryId: ids[0] },
      { service: 2, data: { n: 2 }, entryId: ids[1] },
    ]);
  });

  it('a constructor that throws is a failure with its own error', async () => {
    const stream = uniqueStream();

    @Injectable({ scope: Scope.REQUEST })
    class Broken {
      constructor() {
        throw new Error('no GPU in this container');
      }
    }

    @Controller()
    class Worker {
      constructor(readonly broken: Broken) {}

      @StreamHandler(stream, RETRY_FAST)
      async handle() {}
    }
    const app = await startApp({ controllers: [Worker], providers: [Broken] });
    await app.producer.add(stream, {});

    const [dead] = await deadLetters(redisCli(), stream);
    expect(dead!.fields).toMatchObject({ '~dead-error': 'Error: no GPU in this container', '~dead-deliveries': '2' });
  });
});
