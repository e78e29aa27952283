import {
  ArgumentsHost,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  StandardSchemaValidationPipe,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { of, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetterKey, deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

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
