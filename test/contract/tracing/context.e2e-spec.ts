import { setTimeout as wait } from 'node:timers/promises';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { context as otel, propagation } from '@opentelemetry/api';
import { OnStreamEvent, StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { RedisStreamsTracingModule } from 'nestjs-redis-streams/tracing';
import { lastValueFrom, tap, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { RecordedLog, startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';
import { activeSpanId, Traces } from '../../support/traces.js';

/** Where which span was active. */
class Seen {
  readonly places = new Map<string, (string | undefined)[]>();

  at(place: string): void {
    this.places.set(place, [...(this.places.get(place) ?? []), activeSpanId()]);
  }
}

it('the span of a run is active in guards, interceptors, the handler, loggers and listeners', async () => {
  const traces = new Traces();
  const seen = new Seen();
  const stream = uniqueStream();

  @Injectable()
  class Guard implements CanActivate {
    canActivate() {
      seen.at('guard');
      return true;
    }
  }

  @Injectable()
  class Interceptor implements NestInterceptor {
    intercept(_context: ExecutionContext, next: CallHandler) {
      seen.at('interceptor, before');
      return next.handle().pipe(tap({ finalize: () => seen.at('interceptor, after') }));
    }
  }

  @Controller()
  class Worker {
    private readonly logger = new Logger(Worker.name);

    @StreamHandler(stream, { retry: { backoff: { initialMs: 1 } } })
    @UseGuards(Guard)
    @UseInterceptors(Interceptor)
    async handle(@Ctx() context: StreamContext) {
      seen.at('handler');
      await wait(1);
      seen.at('handler, later');
      this.logger.warn('from the handler');
      await context.once('deed', () => seen.at('once'));
      if (context.deliveryCount === 1) throw new Error('no luck');
    }

    @OnStreamEvent('deliveryFailed')
    failed() {
      seen.at('listener of a failure');
    }

    @OnStreamEvent('completed')
    completed() {
      seen.at('listener of a success');
    }
  }

  class NotingLog extends RecordedLog {
    override warn = (message: unknown) => {
      if (String(message).includes('from the handler')) seen.at('logger');
      if (String(message).includes('failed, next try')) seen.at('the library’s log');
    };
  }

  const app = await startApp({
    controllers: [Worker],
    providers: [Guard, Interceptor],
    imports: [RedisStreamsTracingModule.forRoot()],
    logs: new NotingLog(),
  });
  await traces.within('request', () => app.producer.add(stream, {}));
  const [first, second] = (await traces.ended(`process ${stream}`, 2)).map(({ id }) => id);
  const both = [first, second];
  expect(Object.fromEntries(seen.places)).toEqual({
    guard: both,
    'interceptor, before': both,
    'interceptor, after': both,
    handler: both,
    'handler, later': both,
    logger: both,
    once: [first],
    'the library’s log': [first],
    'listener of a failure': [first],
    'listener of a success': [second],
  });
});

it('it is active in an async iterator, from its first chunk to its end', async () => {
  const traces = new Traces();
  const seen = new Seen();
  const stream = uniqueStream();
  @Controller()
  class Model {
    @StreamHandler(stream, { output: {} })
    async *answer() {
      try {
        for (let n = 0; n < 3; n++) {
          seen.at('iterator');
          yield n;
          await wait(1);
        }
      } finally {
        seen.at('at its end');
      }
    }
  }
  const app = await startApp({ controllers: [Model], imports: [RedisStreamsTracingModule.forRoot()] });
  const id = await app.producer.add(stream, {});
  await lastValueFrom(app.get(StreamTasks).watch(stream, id).pipe(toArray()));
  const { id: span } = await traces.one(`process ${stream}`);
  expect(Object.fromEntries(seen.places)).toEqual({ iterator: [span, span, span], 'at its end': [span] });
});

it('baggage goes with tasks by its keys only, and through forwards', async () => {
  const traces = new Traces();
  const [first, second] = [uniqueStream('first'), uniqueStream('second')];
  const seen: unknown[] = [];
  const look = ({ headers }: StreamContext) =>
    seen.push({ active: propagation.getActiveBaggage()?.getAllEntries(), header: headers.baggage });
  @Controller()
  class Worker {
    @StreamHandler(first)
    one(@Ctx() context: StreamContext) {
      look(context);
      context.forward(second, {});
    }

    @StreamHandler(second)
    two(@Ctx() context: StreamContext) {
      look(context);
    }
  }
  const imports = [RedisStreamsTracingModule.forRoot({ baggage: ['tenant'] })];
  const app = await startApp({ controllers: [Worker], imports });
  const baggage = propagation.createBaggage({ tenant: { value: 'a, b' }, secret: { value: 's' } });
  await otel.with(propagation.setBaggage(otel.active(), baggage), () => app.producer.add(first, {}));
  await eventually(() => seen.length === 2);
  expect(traces.named(`create ${second}`)).toHaveLength(1);
  const tenant = { active: [['tenant', { value: 'a, b' }]], header: 'tenant=a%2C%20b' };
  expect(seen).toEqual([tenant, tenant]);
});
