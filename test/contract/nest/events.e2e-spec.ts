import { Controller, Injectable, Module, type OnModuleDestroy, Scope } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  type DeadLetteredEvent,
  type DeliveryEvent,
  OnStreamEvent,
  RedisStreamsModule,
  RetryLaterError,
  StreamContext,
  type StreamEventName,
  StreamHandler,
  type StreamHooks,
  StreamMonitor,
  StreamProducer,
  UnrecoverableError,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { closeWithTest, RecordedLog, startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { entriesOf } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const FAST = { retry: { backoff: { initialMs: 5, jitter: 0 } } };

/** Hooks that write down what they are told: the event's name and all that it holds. */
function recordingHooks(): { hooks: StreamHooks; told: { event: StreamEventName; entryId: string }[] } {
  const told: { event: StreamEventName; entryId: string }[] = [];
  const note = (event: StreamEventName) => (value: DeliveryEvent) => void told.push({ event, ...value });
  const hooks: StreamHooks = {
    completed: note('completed'),
    deliveryFailed: note('deliveryFailed'),
    postponed: note('postponed'),
    handedBack: note('handedBack'),
    deadLettered: note('deadLettered'),
  };
  return { hooks, told };
}

describe('each outcome of a delivery is told as what it is', () => {
  it('a failure, then a success', async () => {
    const stream = uniqueStream();
    const { hooks, told } = recordingHooks();

    @Controller()
    class Worker {
      @StreamHandler(stream, { group: 'gpu', ...FAST })
      async handle(@Ctx() { deliveryCount }: StreamContext) {
        if (deliveryCount === 1) throw new TypeError('no such model');
      }
    }
    const app = await startApp({ controllers: [Worker], options: { hooks } });
    const entryId = await app.producer.add(stream, {});
    await eventually(() => told.length === 2);
    const task = { stream, group: 'gpu', entryId };
    expect(told).toEqual([
      {
        ...{ event: 'deliveryFailed', ...task, deliveryCount: 1, retryInMs: 5 },
        ...{ error: expect.any(TypeError), errorText: 'TypeError: no such model' },
      },
      { event: 'completed', ...task, deliveryCount: 2 },
    ]);
  });

  it('a RetryLaterError is a postponement and no failure, without a warning', async () => {
    const stream = uniqueStream();
    const { hooks, told } = recordingHooks();
    let runs = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle() {
        if (++runs === 1) throw new RetryLaterError(20, 'the model is loading');
      }
    }
    const app = await startApp({ controllers: [Worker], options: { hooks } });
    const entryId = await app.producer.add(stream, {});
    await eventually(() => told.length === 2);
    expect(told).toMatchObject([
      { event: 'postponed', entryId, deliveryCount: 1, retryInMs: 20, error: { name: 'RetryLaterError' } },
      { event: 'completed', entryId, deliveryCount: 1 },
    ]);
    expect(app.logs.matching('warn', /.*/)).toEqual([]);
    const [line] = app.logs.matching('debug', /postponed by 20 ms/);
    expect(line).toContain('the model is loading');
    expect(line).not.toContain('\n');
  });

  it.each(['throws when it is aborted', 'ignores its abort'])(
    'what a stop hands back is no failure, without a warning: a handler that %s',
    async (kind) => {
      const stream = uniqueStream();
      const { hooks, told } = recordingHooks();
      const started = deferred();

      @Controller()
      class Worker {
        @StreamHandler(stream)
        async handle(@Ctx() { signal }: StreamContext) {
          started.resolve();
          await new Promise((_, reject) => {
            if (kind.startsWith('throws')) signal.addEventListener('abort', () => reject(new Error('aborted')));
          });
        }
      }
      const app = await startApp({ controllers: [Worker], options: { hooks, shutdownTimeoutMs: 100 } });
      const entryId = await app.producer.add(stream, {});
      await started.promise;
      await app.close();

      expect(told).toEqual([{ event: 'handedBack', stream, group: 'workers', entryId, deliveryCount: 1 }]);
      expect(app.logs.lines.filter(({ level, message }) => level !== 'log' && !/SIGTERM/.test(message))).toEqual([]);
      const [line] = app.logs.matching('log', /handed back/);
      expect(line).toContain(entryId);
      expect(line).not.toContain('\n');
    },
  );
});

describe('@OnStreamEvent', () => {
  it('lets a provider use the queue that it listens to, without a circular dependency', async () => {
    const [stream, alerts] = [uniqueStream(), uniqueStream('alerts')];

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle() {
        throw new UnrecoverableError('the document is encrypted');
      }
    }

    @Injectable()
    class Alerts {
      constructor(
        private readonly producer: StreamProducer,
        private readonly monitor: StreamMonitor,
      ) {}

      @OnStreamEvent('deadLettered')
      async tell({ entryId, errorText }: DeadLetteredEvent) {
        const { entries } = await this.monitor.stats(stream);
        await this.producer.add(alerts, { entryId, errorText, entries });
      }
    }

    // As in an app whose queue options come from a module that holds such a listener.
    @Module({ providers: [Alerts, { provide: 'PREFIX', useValue: 'listened:' }], exports: [Alerts, 'PREFIX'] })
    class CoreModule {}
    const module = await Test.createTestingModule({
      imports: [
        CoreModule,
        RedisStreamsModule.forRootAsync({
          imports: [CoreModule],
          inject: ['PREFIX'],
          useFactory: (prefix: string) => ({ prefix }),
        }),
      ],
      controllers: [Worker],
    })
      .setLogger(new RecordedLog())
      .compile();
    closeWithTest(module);
    await module.init();
    const entryId = await module.get(StreamProducer).add(stream, {});

    const [alert] = await eventually(async () => {
      const entries = await entriesOf(redisCli(), `listened:${alerts}`);
      return entries.length === 1 && entries;
    });
    expect(alert!.fields).toMatchObject({
      entryId,
      errorText: 'UnrecoverableError: the document is encrypted',
      entries: '1',
    });
  });

  it('calls every listener once: inherited, overridden, aliased, in a controller, beside a hook; one that throws is logged', async () => {
    const stream = uniqueStream();
    const told: string[] = [];

    class Base {
      @OnStreamEvent('completed')
      inherited() {
        told.push('inherited');
      }

      @OnStreamEvent('completed')
      overridden() {
        told.push('overridden, base');
      }
    }
    @Injectable()
    class Listener extends Base {
      @OnStreamEvent('completed')
      override overridden() {
        told.push('overridden');
      }

      @OnStreamEvent('completed')
      async rejects() {
        told.push('rejects');
        throw Object.create(null);
      }
    }
    @Controller()
    class Worker {
      @OnStreamEvent('completed')
      @OnStreamEvent('deadLettered')
      inController() {
        told.push('controller');
        throw new Error('not my day');
      }

      @StreamHandler(stream)
      async handle() {}
    }
    const app = await startApp({
      controllers: [Worker],
      providers: [Listener, { provide: 'ALIAS', useExisting: Listener }],
      options: { hooks: { completed: () => void told.push('hook') } },
    });
    await app.producer.add(stream, {});
    await eventually(() => app.logs.matching('error', /threw/).length === 2);
    expect(told.toSorted()).toEqual(['controller', 'hook', 'inherited', 'overridden', 'rejects']);
    expect(app.logs.matching('error', /The listener Worker.inController threw: Error: not my day\n/)).toHaveLength(1);
    expect(app.logs.matching('error', /The listener Listener.rejects threw/)).toHaveLength(1);
  });

  it('a stop waits for listeners, while what they use is alive', async () => {
    const stream = uniqueStream();
    const order: string[] = [];
    const running = deferred();

    @Injectable()
    class Listener implements OnModuleDestroy {
      constructor(private readonly producer: StreamProducer) {}

      @OnStreamEvent('completed')
      async slow() {
        await new Promise((resolve) => setTimeout(resolve, 200));
        await this.producer.add(stream, { again: true });
        order.push('listener ended');
      }

      onModuleDestroy() {
        order.push('module destroyed');
      }
    }
    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle() {
        running.resolve();
      }
    }
    const app = await startApp({ controllers: [Worker], providers: [Listener] });
    await app.producer.add(stream, {});
    await running.promise;
    await app.close();
    expect(order).toEqual(['listener ended', 'module destroyed']);
  });

  it('fails the start in a request-scoped class, which it could never call', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Listener {
      @OnStreamEvent('completed')
      never() {}
    }
    await expect(startApp({ providers: [Listener] })).rejects.toThrow(
      /@OnStreamEvent on Listener.never would never be called: .* request-scoped/,
    );
  });

  it('says which events there are, and where it can stand', () => {
    expect(() => OnStreamEvent('failed' as StreamEventName)).toThrow(/knows completed, deliveryFailed, .*got "failed"/);
    expect(() => {
      class Listener {
        @OnStreamEvent('completed')
        static listen() {}

        other() {}
      }
      return Listener;
    }).toThrow(/@OnStreamEvent\('completed'\) on listen: expected an ordinary method/);
  });
});
