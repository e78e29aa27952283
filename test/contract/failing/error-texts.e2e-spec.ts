import { BadRequestException, Controller, StandardSchemaValidationPipe } from '@nestjs/common';
import { Payload, RpcException } from '@nestjs/microservices';
import { type DeadLetteredEvent, type DeliveryFailedEvent, StreamHandler } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** An error with the property only on its first reads, as a lazy or a broken getter has it. */
function readableOnce(property: 'name' | 'message' | 'stack' | 'cause'): Error {
  let reads = 0;
  return Object.defineProperty(new Error('odd'), property, {
    get() {
      if (++reads > 1) throw new Error('the getter');
      return 'text';
    },
  });
}

function refusedConnection(): Error {
  const refused = new AggregateError([new Error('connect ECONNREFUSED ::1:443'), new Error('the second')], '');
  return new TypeError('fetch failed', { cause: refused });
}

function endlessCauses(): Error {
  const error = new Error('the snake');
  error.cause = new Error('bites its tail '.repeat(100), { cause: error });
  return error;
}

const TEXTS: [string, () => Error, RegExp][] = [
  [
    'several findings in a response',
    () => new BadRequestException(['a is missing', 'b must be a number']),
    /^BadRequestException: Bad Request Exception: a is missing; b must be a number$/,
  ],
  [
    'one finding in a response',
    () => new BadRequestException({ message: 'a is missing', code: 7 }),
    /^BadRequestException: a is missing$/,
  ],
  [
    'the error of an RpcException',
    () => new RpcException({ code: 7, message: ['a', 'b'] }),
    /^Error: Rpc Exception: a; b$/,
  ],
  [
    'a response that cannot be read',
    () =>
      Object.assign(new Error('x'), {
        getResponse: () => {
          throw new Error('y');
        },
      }),
    /^Error: x$/,
  ],
  ['a response that is nothing', () => Object.assign(new Error('x'), { getResponse: () => null }), /^Error: x$/],
  [
    'its causes',
    () => new Error('a', { cause: new RangeError('b', { cause: 'c' }) }),
    /^Error: a; caused by RangeError: b; caused by Error: c$/,
  ],
  [
    'the first of several errors',
    refusedConnection,
    /^TypeError: fetch failed; caused by AggregateError: ; caused by Error: connect ECONNREFUSED ::1:443$/,
  ],
  [
    'no more than a few causes, shortened',
    endlessCauses,
    /^Error: the snake; caused by Error: bites its tail .{300,500}; caused by Error: the snake.{0,1500}$/,
  ],
  ['at most 2,000 characters', () => new Error('\ud83d'.repeat(9_000)), /^Error: \ufffd{1993}$/],
];

describe('the text of an error, alike in log, dead letter and event, tells', () => {
  it.each(TEXTS)('%s', async (_name, make, expected) => {
    const stream = uniqueStream();
    const events: DeadLetteredEvent[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
      async handle() {
        throw make();
      }
    }
    const app = await startApp({
      controllers: [Worker],
      options: { hooks: { deadLettered: (event) => void events.push(event) } },
    });
    await app.producer.add(stream, {});
    const [dead] = await deadLetters(redisCli(), stream);
    await eventually(() => events.length === 1);
    expect(dead!.fields['~dead-error']).toMatch(expected);
    expect(events[0]!.errorText).toBe(dead!.fields['~dead-error']);
    expect(app.logs.matching('error', /max-deliveries: /)[0]).toContain(events[0]!.errorText);
  });

  it('what a validation pipe found', async () => {
    const stream = uniqueStream();
    const schema = z.object({ prompt: z.string(), tokens: z.number() });

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Payload({ schema, pipes: [new StandardSchemaValidationPipe()] }) _payload: unknown) {}
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.add(stream, { prompt: 7, tokens: 'many' });
    const [dead] = await deadLetters(redisCli(), stream);
    expect(dead!.fields['~dead-error']).toMatch(/prompt: .*expected string.*; tokens: .*expected number/);
    await eventually(
      () => app.logs.matching('error', /prompt: .*expected string.*; tokens: .*expected number/).length === 1,
    );
  });
});

it.each(['name', 'message', 'stack', 'cause'] as const)(
  'an error whose %s can be read only once holds up none of its turn',
  async (property) => {
    const stream = uniqueStream();
    const cli = redisCli();

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
      async handle(@Payload() { fails }: { fails?: boolean }) {
        if (fails) throw readableOnce(property);
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.addBulk(stream, [{ payload: {} }, { payload: { fails: true } }, { payload: {} }]);
    await deadLetters(cli, stream);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    await eventually(() => app.logs.matching('error', /max-deliveries/).length === 1);
  },
);

it('shows the frames of the user’s code in the log, and all of them in the dead letter', async () => {
  const stream = uniqueStream();
  const events: DeliveryFailedEvent[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { maxDeliveries: 2, backoff: { initialMs: 5 } } })
    handle() {
      throw new Error('too long a prompt\nreally');
    }
  }
  const app = await startApp({
    controllers: [Worker],
    options: { hooks: { deliveryFailed: (event) => void events.push(event) } },
  });
  await app.producer.add(stream, {});
  const [dead] = await deadLetters(redisCli(), stream);
  expect(dead!.fields['~dead-stack']).toMatch(/error-texts\.e2e-spec.*node_modules\/@nestjs/s);
  const lines = await eventually(() => {
    const found = [...app.logs.matching('warn', /too long/), ...app.logs.matching('error', /too long/)];
    return found.length === 2 && found;
  });
  for (const line of lines) {
    expect(line).toMatch(/Error: too long a prompt\nreally\n {4}at Worker\.handle .*error-texts\.e2e-spec/);
    expect(line).not.toMatch(/@nestjs|node:|redis-streams\/src/);
  }
});
