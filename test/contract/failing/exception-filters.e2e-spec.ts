import { Catch, Controller, type ExceptionFilter, ParseIntPipe, UseFilters } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';
import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

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
