import { Controller, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx } from '@nestjs/microservices';
import {
  RedisStreamsModule,
  type StreamContext,
  StreamHandler,
  type StreamHandlerOptions,
  UnrecoverableError,
} from 'nestjs-redis-streams';
import { ANSWER, clockNs } from '../../task.js';
import { type Deed, nextTurn, type PerformOptions, PROGRESS, type Tally, TOKENS_PER_SECOND } from './deed.js';
import { Pace } from './pace.js';

/** Handlers of this library that do something. All finished entries stay in the stream: memory is measured with them. */
export async function perform({ url, queue, concurrency, deed, tally }: PerformOptions): Promise<void> {
  const options: StreamHandlerOptions = { concurrency, retention: false, ...OPTIONS[deed] };
  const controllers = [workerOf(queue, options, methodOf(deed, tally))];

  @Module({ imports: [RedisStreamsModule.forRoot({ connection: url })], controllers })
  class WorkerModule {}

  await NestFactory.createApplicationContext(WorkerModule, { logger: false });
}

const OPTIONS: Partial<Record<Deed, StreamHandlerOptions>> = {
  answer: { result: {} },
  '100 tokens': { output: {} },
  tokens: { output: {} },
};

type Method = (context: StreamContext) => unknown;

function workerOf(queue: string, options: StreamHandlerOptions, method: Method): Type {
  @Controller()
  class Worker {
    @StreamHandler(queue, options)
    handle(@Ctx() context: StreamContext): unknown {
      return method(context);
    }
  }
  return Worker;
}

function methodOf(deed: Deed, tally: Tally): Method {
  switch (deed) {
    case 'nothing':
      return () => undefined;
    case 'answer':
      return () => ANSWER;
    case 'one progress':
      return (context) => context.progress(PROGRESS);
    case 'fail':
      return () => {
        throw new UnrecoverableError('the model refused the prompt');
      };
    case '100 tokens':
      return hundredTokens;
    case 'tokens':
    case 'tokens, not kept':
      return tokensAt(new Pace(TOKENS_PER_SECOND), tally);
    case 'progress':
      return async (context) => {
        for (; !tally.isOver; tally.count++) {
          context.progress({ ...PROGRESS, step: tally.count });
          await nextTurn();
        }
      };
  }
}

async function* hundredTokens() {
  for (let n = 0; n < 100; n++) yield ' token';
}

function tokensAt(pace: Pace, tally: Tally): Method {
  return async function* tokens() {
    const beat = pace.join();
    for (; !tally.isOver; tally.count++) {
      await beat();
      yield String(clockNs());
    }
  };
}
