import {
  ArgumentsHost,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  ParseIntPipe,
  type NestInterceptor,
  type PipeTransform,
  StandardSchemaValidationPipe,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import {
  type DeadLetteredEvent,
  RetryLaterError,
  StreamContext,
  StreamHandler,
  UnrecoverableError,
} from 'nestjs-redis-streams';
import { of, tap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { deadLetterKey, deadLetters, pendingCount } from '../support/pending.js';
import { redisCli } from '../support/redis-cli.js';
import { uniqueStream } from '../support/streams.js';

const RETRY_FAST = { retry: { maxDeliveries: 2, backoff: { initialMs: 5, jitter: 0 } } };

describe('a handler’s enhancers', () => {
  it('all apply, in Nest’s order, around the handler', async () => {
    const stream = uniqueStream();
    const order: string[] = [];

    class Guard implements CanActivate {
      canActivate(context: ExecutionContext) {
        order.push(`guard ${context.getType()} ${context.switchToRpc().getContext<StreamContext>().stream === stream}`);
        return true;
      }
    }
    class Interceptor implements NestInterceptor {
      intercept(_context: ExecutionContext, next: { handle(): ReturnType<typeof of> }) {
        order.push('interceptor before');
        return next.handle().pipe(tap(() => order.push('interceptor after')));
      }
    }
    class Pipe implements PipeTransform {
      transform(value: unknown, { type }: { type: string }) {
        if (type === 'body') order.push('pipe');
        return value;
      }
    }

    @Controller()
    class Worker {
      @UseGuards(Guard)
      @UseInterceptors(Interceptor)
      @UsePipes(Pipe)
      @StreamHandler(stream)
      async handle(@Payload() _payload: unknown) {
        order.push('handler');
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.add(stream, { a: 1 });

    await eventually(async () => order.length === 5 && (await pendingCount(redisCli(), stream)) === 0);
    expect(order).toEqual(['guard rpc true', 'interceptor before', 'pipe', 'handler', 'interceptor after']);
  });

  it('apply where they are global: useGlobal…, APP_GUARD', async () => {
    const stream = uniqueStream();
    const order: string[] = [];

    @Injectable()
    class AppGuard implements CanActivate {
      canActivate() {
        order.push('app guard');
        return true;
      }
    }

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Payload('n') n: unknown) {
        order.push(`handler ${String(n)}`);
        throw new Error('caught by the global filter');
      }
    }
    @Catch()
    class Filter implements ExceptionFilter {
      catch(error: Error, host: ArgumentsHost) {
        order.push(`filter ${host.getType()} ${error.message}`);
        return of('handled');
      }
    }
    const app = await startApp({
      controllers: [Worker],
      providers: [{ provide: APP_GUARD, useClass: AppGuard }],
      prepare: (module) => {
        const created = module.createNestApplication();
        created.useGlobalPipes({ transform: (value: number) => value * 2 } as PipeTransform);
        created.useGlobalInterceptors({
          intercept: (_context, next) => {
            order.push('global interceptor');
            return next.handle();
          },
        });
        created.useGlobalFilters(new Filter());
      },
    });
    await app.producer.add(stream, { n: 21 });

    await eventually(async () => order.length === 4 && (await pendingCount(redisCli(), stream)) === 0);
    expect(order).toEqual(['app guard', 'global interceptor', 'handler 42', 'filter rpc caught by the global filter']);
    expect(await redisCli().exists(deadLetterKey(stream))).toBe(0);
  });

  it('validate: StandardSchemaValidationPipe transforms what fits and dead-letters what does not, with its reason', async () => {
    const stream = uniqueStream();
    const seen: unknown[] = [];
    const schema = z.object({ prompt: z.string().min(1), tokens: z.coerce.number() });

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Payload({ schema, pipes: [new StandardSchemaValidationPipe()] }) payload: unknown) {
        seen.push(payload);
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.add(stream, { prompt: '', tokens: 1 });
    await app.producer.add(stream, { prompt: 'p', tokens: '7' });

    const [dead] = await deadLetters(redisCli(), stream);
    expect(dead!.fields).toMatchObject({ '~dead-reason': 'rejected-by-pipe', '~dead-deliveries': '1' });
    await eventually(() => seen.length === 1);
    expect(seen).toEqual([{ prompt: 'p', tokens: 7 }]);
  });
});

describe('a guard that refuses', () => {
  it('is an ordinary failure: retried, and dead-lettered in the end', async () => {
    const stream = uniqueStream();
    let asked = 0;

    @Controller()
    class Worker {
      @UseGuards({ canActivate: () => ++asked > 99 })
      @StreamHandler(stream, RETRY_FAST)
      async handle() {}
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.add(stream, {});

    const [dead] = await deadLetters(redisCli(), stream);
    expect(asked).toBe(2);
    expect(dead!.fields['~dead-error']).toContain('Forbidden resource');
  });
});

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

describe('an exception filter', () => {
  it('that only looks (returns nothing, at once or later), or throws on, leaves the error as it is', async () => {
    const stream = uniqueStream();
    const seen: string[] = [];

    @Catch(RangeError)
    class Looking implements ExceptionFilter {
      async catch({ message }: Error) {
        seen.push(message);
      }
    }
    @Catch(TypeError)
    class Throwing implements ExceptionFilter {
      catch(error: Error) {
        seen.push(error.message);
        throw error;
      }
    }
    @Catch(SyntaxError)
    class Deciding implements ExceptionFilter {
      async catch(error: Error) {
        throw new UnrecoverableError('decided', { cause: error });
      }
    }

    @Controller()
    class Worker {
      @UseFilters(Looking, Throwing, Deciding)
      @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
      handle(@Payload() { kind }: { kind: string }) {
        if (kind === 'range') throw new RangeError('out of range');
        // An Observable that errs takes another way through Nest.
        return throwError(() => (kind === 'type' ? new TypeError('wrong type') : new SyntaxError('unclear')));
      }
    }
    const app = await startApp({ controllers: [Worker] });
    for (const kind of ['range', 'type', 'syntax']) await app.producer.add(stream, { kind });

    const dead = await deadLetters(redisCli(), stream, 3);
    expect(new Set(dead.map(({ fields }) => fields['~dead-error']))).toEqual(
      new Set([
        'RangeError: out of range',
        'TypeError: wrong type',
        'UnrecoverableError: decided; caused by SyntaxError: unclear',
      ]),
    );
    expect(seen.toSorted()).toEqual(['out of range', 'wrong type']);
  });

  it.each([
    ['in an Observable', (error: Error) => throwError(() => error)],
    ['as it is', (error: Error) => error],
  ])(
    'that returns the error %s changes nothing: what a pipe refuses is dead-lettered at once',
    async (_name, answer) => {
      const stream = uniqueStream();

      @Catch()
      class Passing implements ExceptionFilter {
        catch(error: Error) {
          return answer(error);
        }
      }

      @Controller()
      class Worker {
        @UseFilters(Passing)
        @StreamHandler(stream)
        async handle(@Payload('n', ParseIntPipe) _n: number) {}
      }
      const app = await startApp({ controllers: [Worker] });
      await app.producer.add(stream, { n: 'none' });
      const [dead] = await deadLetters(redisCli(), stream);
      expect(dead!.fields['~dead-reason']).toBe('rejected-by-pipe');
    },
  );

  it('decides: a value it returns acks, an error it returns is the failure', async () => {
    const stream = uniqueStream();

    @Catch(RangeError)
    class Forgiving implements ExceptionFilter {
      catch() {
        return of('fine after all');
      }
    }
    @Catch(TypeError)
    class Renaming implements ExceptionFilter {
      catch(error: Error) {
        return throwError(() => new Error(`renamed ${error.message}`));
      }
    }

    @Controller()
    class Worker {
      @UseFilters(Forgiving, Renaming)
      @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
      async handle(@Payload() { kind }: { kind: string }) {
        if (kind === 'range') throw new RangeError('out of range');
        throw kind === 'type' ? new TypeError('wrong type') : new Error('neither');
      }
    }
    const app = await startApp({ controllers: [Worker] });
    for (const kind of ['range', 'type', 'other']) await app.producer.add(stream, { kind });

    const dead = await deadLetters(redisCli(), stream, 2);
    expect(new Set(dead.map(({ fields }) => fields['~dead-error']))).toEqual(
      new Set(['Error: neither', 'Error: renamed wrong type']),
    );
    await eventually(async () => (await pendingCount(redisCli(), stream)) === 0);
  });
});
