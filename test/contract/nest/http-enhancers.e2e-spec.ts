import {
  ArgumentsHost,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  StandardSchemaValidationPipe,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { type DeadLetteredEvent, RetryLaterError, StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

describe('what was written for HTTP', () => {
  /** As many applications have one, for all routes. */
  @Catch()
  class HttpFilter implements ExceptionFilter {
    catch(error: Error, host: ArgumentsHost) {
      const response = host.switchToHttp().getResponse<{ status(code: number): { json(body: unknown): void } }>();
      response.status(500).json({ message: error.message });
    }
  }
  @Catch()
  class AsyncHttpFilter implements ExceptionFilter {
    async catch(error: Error, host: ArgumentsHost) {
      await Promise.resolve();
      new HttpFilter().catch(error, host);
    }
  }
  class HttpGuard implements CanActivate {
    canActivate(context: ExecutionContext) {
      const { headers } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
      return headers.authorization === 'Bearer token';
    }
  }

  it.each([
    ['a filter', HttpFilter],
    ['an async filter', AsyncHttpFilter],
  ])(
    '%s does not hide the handler’s error: that comes first, then the filter’s own, then what to do',
    async (_name, Filter) => {
      const stream = uniqueStream();
      const events: DeadLetteredEvent[] = [];

      @Controller()
      class Worker {
        @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
        async handle() {
          throw new RangeError('prompt too long');
        }
      }
      const app = await startApp({
        controllers: [Worker],
        providers: [{ provide: APP_FILTER, useClass: Filter }],
        options: { hooks: { deadLettered: (event) => void events.push(event) } },
      });
      await app.producer.add(stream, {});

      const [dead] = await deadLetters(redisCli(), stream);
      const expected =
        /^RangeError: prompt too long; then an exception filter failed on it with TypeError: .*status is not a function .*host\.getType\(\) !== 'http'/;
      expect(dead!.fields['~dead-error']).toMatch(expected);
      expect(dead!.fields['~dead-stack']).toMatch(/^RangeError: prompt too long\n.*enhancers\.e2e-spec/);
      await eventually(() => events.length === 1);
      expect(events[0]!.error).toBeInstanceOf(RangeError);
      expect(events[0]!.errorText).toMatch(expected);
      expect(
        app.logs.matching('error', /max-deliveries: RangeError: prompt too long; then an exception filter/),
      ).toHaveLength(1);
    },
  );

  it('a filter does not change what the error means: a pipe’s refusal, RetryLaterError, UnrecoverableError', async () => {
    const stream = uniqueStream();
    const schema = z.object({ kind: z.enum(['later', 'never']) });
    let runs = 0;

    @Controller()
    class Worker {
      @UseFilters(HttpFilter)
      @StreamHandler(stream)
      async handle(@Payload({ schema, pipes: [new StandardSchemaValidationPipe()] }) { kind }: { kind: string }) {
        if (kind === 'never') throw new UnrecoverableError('no such document');
        if (++runs === 1) throw new RetryLaterError(5);
      }
    }
    const app = await startApp({ controllers: [Worker] });
    for (const kind of ['wrong', 'later', 'never']) await app.producer.add(stream, { kind });

    const dead = await deadLetters(redisCli(), stream, 2);
    expect(new Set(dead.map(({ fields }) => fields['~dead-reason']))).toEqual(
      new Set(['rejected-by-pipe', 'unrecoverable']),
    );
    await eventually(async () => runs === 2 && (await pendingCount(redisCli(), stream)) === 0);
    expect(app.logs.matching('warn', /.*/)).toEqual([]);
  });

  it.each([
    [
      'that fails',
      new HttpGuard(),
      /^TypeError: .*'authorization'.*; a guard refused the task .*context\.getType\(\) !== 'http'/,
    ],
    [
      'that refuses',
      { canActivate: () => false },
      /Forbidden resource; a guard refused the task .*context\.getType\(\) !== 'http'/,
    ],
  ])('a guard %s is named, with what to do', async (_name, guard, expected) => {
    const stream = uniqueStream();

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
      async handle() {}
    }
    const app = await startApp({ controllers: [Worker], providers: [{ provide: APP_GUARD, useValue: guard }] });
    await app.producer.add(stream, {});
    const [dead] = await deadLetters(redisCli(), stream);
    expect(dead!.fields['~dead-error']).toMatch(expected);
    await eventually(() => app.logs.matching('error', /a guard refused the task/).length === 1);
  });
});
