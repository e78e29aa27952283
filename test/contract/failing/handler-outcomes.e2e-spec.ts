import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { StreamHandler } from 'nestjs-redis-streams';
import { from, map, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const RETRY_FAST = { retry: { maxDeliveries: 2, backoff: { initialMs: 5, jitter: 0 } } };

describe('what a handler returns or throws', () => {
  it('an Observable is subscribed to once and acked after its last value; its error is a failure', async () => {
    const stream = uniqueStream();
    const log: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
      handle(@Payload() { fails }: { fails: boolean }) {
        log.push('called');
        if (fails) return throwError(() => new Error('stream error'));
        return timer(0, 30).pipe(
          map((n) => {
            log.push(`value ${n}`);
            if (n === 2) throw Object.assign(new Error('ended'), { n });
            return n;
          }),
          (source) => from(new Promise<void>((resolve) => source.subscribe({ error: () => resolve() }))),
        );
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.add(stream, { fails: false });
    await eventually(async () => log.length === 4 && (await pendingCount(redisCli(), stream)) === 0);
    expect(log).toEqual(['called', 'value 0', 'value 1', 'value 2']);

    await app.producer.add(stream, { fails: true });
    const [dead] = await deadLetters(redisCli(), stream);
    expect(dead!.fields['~dead-error']).toBe('Error: stream error');
  });

  it.each([['a string'], [undefined], [null], [{ code: 42 }]])(
    '%j thrown is a failure like any other',
    async (thrown) => {
      const stream = uniqueStream();

      @Controller()
      class Worker {
        @StreamHandler(stream, RETRY_FAST)
        async handle() {
          // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what users' code does
          throw thrown;
        }
      }
      const app = await startApp({ controllers: [Worker] });
      await app.producer.add(stream, {});

      const [dead] = await deadLetters(redisCli(), stream);
      expect(dead!.fields['~dead-deliveries']).toBe('2');
      expect(dead!.fields['~dead-error']).toBeTruthy();
    },
  );
});
