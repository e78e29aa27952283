import { type AddressInfo } from 'node:net';
import { Controller, Get, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  RedisStreamsHealthIndicator,
  type RedisStreamsOptions,
  RedisStreamsModule,
  RedisStreamsStrategy,
  StreamHandler,
  StreamProducer,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { closeWithTest, startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

interface Sample {
  readonly stream: string;
  readonly runs: string[];
  readonly module: Type;
}

function sample(options: RedisStreamsOptions = {}): Sample {
  const stream = uniqueStream();
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {
      runs.push('run');
    }

    @Get()
    hello() {
      return 'hello';
    }
  }

  @Module({ imports: [RedisStreamsModule.forRoot({ shutdownTimeoutMs: 1_000, ...options })], controllers: [Worker] })
  class AppModule {}
  return { stream, runs, module: AppModule };
}

const QUIET = { logger: false } as const;

/** Each task runs exactly once, and there is one consumer. */
async function consumesOnce({ stream, runs }: Sample, producer: StreamProducer): Promise<void> {
  await producer.addBulk(stream, [{ payload: {} }, { payload: {} }, { payload: {} }]);
  await eventually(() => runs.length >= 3);
  const cli = redisCli();
  await eventually(async () => ((await cli.xpending(stream, 'workers')) as [number])[0] === 0);
  expect(runs).toHaveLength(3);
  expect(await cli.xinfo('CONSUMERS', stream, 'workers')).toHaveLength(1);
}

async function consumesNothing({ stream }: Sample, producer: StreamProducer): Promise<void> {
  await producer.add(stream, {});
  expect(await redisCli().xinfo('GROUPS', stream)).toEqual([]);
}

describe('consuming starts by itself in', () => {
  it('an HTTP app on express', async () => {
    const subject = sample();
    const app = await NestFactory.create(subject.module, QUIET);
    closeWithTest(app);
    await app.listen(0);
    const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
    await consumesOnce(subject, app.get(StreamProducer));
  });

  it('an HTTP app on fastify', async () => {
    const subject = sample();
    const app = await NestFactory.create(subject.module, new FastifyAdapter(), QUIET);
    closeWithTest(app);
    await app.listen(0);
    await consumesOnce(subject, app.get(StreamProducer));
  });

  it('an application context', async () => {
    const subject = sample();
    const app = await NestFactory.createApplicationContext(subject.module, QUIET);
    closeWithTest(app);
    await consumesOnce(subject, app.get(StreamProducer));
  });

  it('a microservice of another transport', async () => {
    const subject = sample();
    const app = await NestFactory.createMicroservice(subject.module, {
      transport: Transport.TCP,
      options: { port: 0 },
      ...QUIET,
    });
    closeWithTest(app);
    await app.listen();
    await consumesOnce(subject, app.get(StreamProducer));
  });

  it('a TestingModule', async () => {
    const subject = sample();
    const module = await Test.createTestingModule({ imports: [subject.module] })
      .setLogger(false as never)
      .compile();
    closeWithTest(module);
    await module.init();
    await consumesOnce(subject, module.get(StreamProducer));
  });
});

describe('connectMicroservice', () => {
  it('starts consuming where autoStart is false, and nothing else does', async () => {
    const subject = sample({ autoStart: false });
    const app = await NestFactory.create(subject.module, QUIET);
    closeWithTest(app);
    await app.init();
    await consumesNothing(subject, app.get(StreamProducer));
    expect(subject.runs).toEqual([]);
    app.connectMicroservice({ strategy: app.get(RedisStreamsStrategy) }, { inheritAppConfig: true });
    await app.startAllMicroservices();
    await eventually(() => subject.runs.length === 1);
  });

  it.each([
    [
      'before init, started before it',
      async (app: Nest) => (connect(app), await app.startAllMicroservices(), await app.init()),
    ],
    [
      'before init, started after it',
      async (app: Nest) => (connect(app), await app.init(), await app.startAllMicroservices()),
    ],
    ['before init, never started', async (app: Nest) => (connect(app), await app.init())],
    ['after init', async (app: Nest) => (await app.init(), connect(app), await app.startAllMicroservices())],
    [
      'and started twice',
      async (app: Nest) => (
        connect(app),
        await app.startAllMicroservices(),
        await app.listen(0),
        await app.startAllMicroservices()
      ),
    ],
  ])('beside auto-start, %s, consumes once', async (_order, start) => {
    const subject = sample();
    const app = await NestFactory.create(subject.module, QUIET);
    closeWithTest(app);
    await start(app);
    await consumesOnce(subject, app.get(StreamProducer));
  });

  it('is missed, once and by health, where autoStart is false and nobody listens', async () => {
    @Controller()
    class Worker {
      @StreamHandler(uniqueStream())
      async handle() {}
    }
    const app = await startApp({ controllers: [Worker], options: { autoStart: false } });
    const health = async () => (await app.get(RedisStreamsHealthIndicator).check('streams')).streams;
    expect(await health()).toMatchObject({
      status: 'degraded',
      reason: expect.stringMatching(/nothing is consumed: autoStart is false, and no microservice .* listens/),
    });
    const told = () => app.logs.matching('error', /runs no tasks, though it has handlers: autoStart is false/);
    await eventually(() => told().length === 1);

    const strategy = app.get(RedisStreamsStrategy);
    await new Promise((resolve) => strategy.listen(resolve));
    await eventually(async () => (await health()).status === 'up');
    expect(await health()).not.toHaveProperty('reason');

    // A closed strategy does not listen again as if nothing were.
    await strategy.close();
    const error = await new Promise((resolve) => strategy.listen(resolve));
    expect(error).toMatchObject({ message: expect.stringMatching(/was closed.*cannot listen again/) });
    expect((await health()).status).toBe('down');
  });

  it('makes a pure microservice with createMicroservice', async () => {
    const subject = sample({ autoStart: false });
    const app = await NestFactory.createMicroservice(subject.module, {
      useFactory: (strategy: RedisStreamsStrategy) => ({ strategy }),
      inject: [RedisStreamsStrategy],
      ...QUIET,
    } as never);
    closeWithTest(app);
    await app.listen();
    await consumesOnce(subject, app.get(StreamProducer));
  });
});

type Nest = Awaited<ReturnType<typeof NestFactory.create>>;

function connect(app: Nest): void {
  app.connectMicroservice({ strategy: app.get(RedisStreamsStrategy) }, { inheritAppConfig: true });
}
