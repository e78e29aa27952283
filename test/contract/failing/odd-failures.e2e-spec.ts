import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { Redis } from 'ioredis';
import {
  type ConnectionOptions,
  type DeadLetteredEvent,
  type DeliveryFailedEvent,
  StreamHandler,
} from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const ODD_ERRORS: Record<string, () => unknown> = {
  'a stack that is no string': () => Object.assign(new Error('odd'), { stack: 42 }),
  'a message that throws': () =>
    Object.defineProperty(new Error('odd'), 'message', {
      get() {
        throw new Error('the getter');
      },
    }),
  'a message that throws when it is read again': () => throwsFromRead(2),
  'a message that throws when it is read a third time': () => throwsFromRead(3),
  'a proxy that can be looked at twice': () => {
    let looks = 0;
    return new Proxy(new Error('odd'), {
      getPrototypeOf: (target) => {
        if (++looks > 2) throw new Error('the proxy');
        return Object.getPrototypeOf(target) as object;
      },
    });
  },
  'a name that is a symbol': () => Object.assign(new Error('odd'), { name: Symbol('odd') }),
  'a symbol': () => Symbol('odd'),
  'an object without a prototype': () => Object.create(null) as unknown,
  'a proxy that throws': () =>
    new Proxy(
      {},
      {
        get() {
          throw new Error('the proxy');
        },
      },
    ),
};

function throwsFromRead(firstBad: number): Error {
  let reads = 0;
  return Object.defineProperty(new Error('odd'), 'message', {
    get() {
      if (++reads >= firstBad) throw new Error('the getter');
      return 'odd';
    },
  });
}

describe('what users’ code throws', () => {
  it.each(Object.keys(ODD_ERRORS))('%s: is dead-lettered, and the others of its turn are settled', async (kind) => {
    const stream = uniqueStream();
    const cli = redisCli();

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
      async handle(@Payload() { fails }: { fails?: boolean }) {
        if (fails) throw ODD_ERRORS[kind]!();
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.addBulk(stream, [{ payload: {} }, { payload: { fails: true } }, { payload: {} }]);
    await deadLetters(cli, stream);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
  });

  it('a backoff function that throws counts as one second', async () => {
    const stream = uniqueStream();
    const events: DeliveryFailedEvent[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, {
        retry: {
          backoff: () => {
            throw new Error('a bug in it');
          },
        },
      })
      async handle() {
        throw new Error('always');
      }
    }
    const app = await startApp({
      controllers: [Worker],
      options: { hooks: { deliveryFailed: (event) => events.push(event) } },
    });
    await app.producer.add(stream, {});
    await eventually(() => events.length === 2);
    expect(events[0]!.retryInMs).toBe(1_000);
  });

  it('an async backoff function that rejects counts as one second, and is warned of once', async () => {
    const stream = uniqueStream();
    const events: DeliveryFailedEvent[] = [];
    const backoff = (async () => {
      throw new Error('a bug in it');
    }) as unknown as () => number;

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { maxDeliveries: 3, backoff } })
      async handle() {
        throw new Error('always');
      }
    }
    const app = await startApp({
      controllers: [Worker],
      options: { hooks: { deliveryFailed: (event) => events.push(event) } },
    });
    await app.producer.add(stream, {});
    await deadLetters(redisCli(), stream);
    expect(events.map(({ retryInMs }) => retryInMs)).toEqual([1_000, 1_000]);
    expect(app.logs.matching('warn', /retry\.backoff must return milliseconds.*returned a promise/)).toHaveLength(1);
  });

  it('a backoff whose factor outgrows all numbers keeps retrying, and holds up nobody', async () => {
    const stream = uniqueStream();
    let runs = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { maxDeliveries: 200, backoff: { initialMs: 0, factor: 100 } } })
      async handle() {
        runs++;
        throw new Error('always');
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.add(stream, {});
    // 100 to the power of 155 is beyond the greatest number.
    const [dead] = await deadLetters(redisCli(), stream);
    expect(dead!.fields['~dead-deliveries']).toBe('200');
    expect(runs).toBe(200);
    expect(app.logs.matching('warn', /interrupted|cannot settle/)).toEqual([]);
  });

  it('a hook that throws, or rejects, is logged and changes nothing', async () => {
    const stream = uniqueStream();
    const cli = redisCli();

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { maxDeliveries: 2, backoff: { initialMs: 5 } } })
      async handle() {
        throw new Error('always');
      }
    }
    const hooks = {
      deliveryFailed: () => {
        // oxlint-disable-next-line typescript/only-throw-error -- what users do
        throw Object.create(null);
      },
      deadLettered: async () => {
        throw new Error('hook two');
      },
    };
    const app = await startApp({ controllers: [Worker], options: { hooks } });
    await app.producer.add(stream, {});
    await deadLetters(cli, stream);
    await eventually(
      () => app.logs.matching('error', /hook 'deliveryFailed' threw: Error: It threw an object/).length === 1,
    );
    await eventually(() => app.logs.matching('error', /hook 'deadLettered' threw: Error: hook two/).length === 1);
  });
});

it('tells each failure and dead letter once, also when the settlement’s answer was lost with its connection', async () => {
  const redis = await ownRedis();
  const stream = uniqueStream();
  const failed: DeliveryFailedEvent[] = [];
  const dead: DeadLetteredEvent[] = [];
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { maxDeliveries: 2, backoff: { initialMs: 100 } }, leaseMs: 60_000 })
    async handle() {
      runs++;
      if (runs === 1) redis.freeze();
      throw new Error('always');
    }
  }
  const hooks = {
    deliveryFailed: (event: DeliveryFailedEvent) => void failed.push(event),
    deadLettered: (event: DeadLetteredEvent) => void dead.push(event),
  };
  const app = await startApp({ controllers: [Worker], options: { connection: redis.url, hooks } });
  await app.producer.add(stream, {});
  await eventually(() => runs === 1);
  // The connection gives up after 5 s without an answer; the frozen server has the settlement in its buffer, and gets it again.
  const frozenAt = performance.now();
  await eventually(() => performance.now() - frozenAt > 6_500);
  redis.thaw();

  await deadLetters(redisCli(redis.url), stream);
  await eventually(() => dead.length === 1);
  expect(failed).toHaveLength(1);
  expect(runs).toBe(2);
});

it('works with ioredis options and factories that would break a blocking read', async () => {
  const port = Number(new URL(process.env.REDIS_URL!).port);
  const connections: ConnectionOptions[] = [
    { port, commandTimeout: 300 },
    { port, replyMapping: 'resp3', stringNumbers: true },
    () => new Redis(port, { maxRetriesPerRequest: null }),
  ];
  for (const connection of connections) {
    const stream = uniqueStream();
    const cli = redisCli();
    let runs = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle() {
        runs++;
      }
    }
    const app = await startApp({ controllers: [Worker], options: { connection, blockMs: 1_000 } });
    await app.producer.add(stream, {});
    await eventually(() => runs === 1, 1_500);
    const since = performance.now();
    await eventually(() => performance.now() - since > 1_200);
    await app.producer.add(stream, {});
    await eventually(() => runs === 2, 1_500);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect(app.logs.matching('warn', /interrupted/)).toEqual([]);
  }
});
