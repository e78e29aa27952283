import { setTimeout as wait } from 'node:timers/promises';
import { type CallHandler, Controller, UseInterceptors } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { RedisStreamsHealthIndicator, StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { deadLetterKey, deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

describe('timeoutMs', () => {
  it('aborts the signal, and a handler that heeds it fails with its own error', async () => {
    const stream = uniqueStream();

    @Controller()
    class Worker {
      @StreamHandler(stream, { timeoutMs: 100, retry: { maxDeliveries: 1 } })
      async handle(@Ctx() { signal }: StreamContext) {
        await wait(10_000, undefined, { signal });
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.add(stream, {});

    const [dead] = await deadLetters(redisCli(), stream);
    expect(dead!.fields['~dead-error']).toContain('AbortError');
  });

  it('acks a handler that ends well within the grace after its abort', async () => {
    const stream = uniqueStream();
    const runs: number[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { timeoutMs: 50, abortGraceMs: 5_000 })
      async handle(@Ctx() { signal, deliveryCount }: StreamContext) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        runs.push(deliveryCount);
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.add(stream, {});
    await eventually(async () => runs.length === 1 && (await pendingCount(redisCli(), stream)) === 0);
    expect(await redisCli().exists(deadLetterKey(stream))).toBe(0);
  });

  it('fails it again when its entry comes to the same process again, instead of waiting for it without a limit', async () => {
    const stream = uniqueStream();
    const held = deferred();
    let runs = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { timeoutMs: 100, abortGraceMs: 50, retry: { backoff: { initialMs: 60_000 } } })
      async handle() {
        runs++;
        await held.promise;
      }
    }
    const app = await startApp({ controllers: [Worker], options: { shutdownTimeoutMs: 100, blockMs: 500 } });
    const id = await app.producer.add(stream, {});
    await eventually(() => app.logs.matching('warn', /HandlerTimeoutError/).length === 1);

    await redisCli().xgroup('SETID', stream, 'workers', '0');
    await eventually(() => app.logs.matching('warn', /HandlerTimeoutError/).length === 2);
    expect(runs).toBe(1);
    const { streams } = await app.get(RedisStreamsHealthIndicator).check('streams');
    expect(streams.status).toBe('degraded');
    expect(streams.consumers[0]!.reason).toContain(id);
    held.resolve();
  });

  it('unsubscribes from an Observable that goes on, which frees its slot', async () => {
    const stream = uniqueStream();
    const handled: number[] = [];
    let tornDown = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 1, timeoutMs: 100, abortGraceMs: 50, retry: { maxDeliveries: 1 } })
      handle(@Payload() { n }: { n: number }): Observable<unknown> {
        handled.push(n);
        return n === 1 ? new Observable(() => () => tornDown++) : of('done');
      }
    }
    const app = await startApp({ controllers: [Worker], options: { shutdownTimeoutMs: 100 } });
    await app.producer.addBulk(stream, [{ payload: { n: 1 } }, { payload: { n: 2 } }]);

    const [dead] = await deadLetters(redisCli(), stream);
    expect(dead!.fields['~dead-error']).toContain('HandlerTimeoutError');
    await eventually(async () => handled.length === 2 && (await pendingCount(redisCli(), stream)) === 0);
    expect(tornDown).toBe(1);
    expect((await app.get(RedisStreamsHealthIndicator).check('streams')).streams.status).toBe('up');
  });

  it('keeps the slot of a promise behind an interceptor, as nothing tells its end but itself', async () => {
    const stream = uniqueStream();
    const handled: number[] = [];
    const held = deferred();

    @Controller()
    @UseInterceptors({ intercept: (_context: unknown, next: CallHandler) => next.handle() })
    class Worker {
      @StreamHandler(stream, { concurrency: 1, timeoutMs: 100, abortGraceMs: 50, retry: { maxDeliveries: 1 } })
      async handle(@Payload() { n }: { n: number }) {
        handled.push(n);
        if (n === 1) await held.promise;
      }
    }
    const app = await startApp({ controllers: [Worker], options: { shutdownTimeoutMs: 100 } });
    await app.producer.addBulk(stream, [{ payload: { n: 1 } }, { payload: { n: 2 } }]);

    await deadLetters(redisCli(), stream);
    const health = async () => (await app.get(RedisStreamsHealthIndicator).check('streams')).streams.status;
    await eventually(async () => (await health()) === 'down');
    expect(handled).toEqual([1]);
    held.resolve();
    await eventually(async () => (await health()) === 'up' && handled.length === 2);
  });

  it('fails a handler that never ends; it keeps its slot, settles nothing, never runs twice at once here, and health names it', async () => {
    const stream = uniqueStream();
    const started: string[] = [];
    const held = deferred();

    @Controller()
    class Worker {
      @StreamHandler(stream, {
        concurrency: 2,
        timeoutMs: 100,
        abortGraceMs: 50,
        retry: { backoff: { initialMs: 50 } },
      })
      async handle(@Payload() { hangs }: { hangs: boolean }, @Ctx() { entryId, deliveryCount }: StreamContext) {
        started.push(`${entryId} ${deliveryCount}`);
        if (hangs && deliveryCount === 1) await held.promise;
      }
    }
    const app = await startApp({ controllers: [Worker], options: { shutdownTimeoutMs: 100 } });
    const health = async () => (await app.get(RedisStreamsHealthIndicator).check('streams')).streams;
    const hung = await app.producer.add(stream, { hangs: true });

    await eventually(() => app.logs.matching('warn', /HandlerTimeoutError/).length === 1);
    const fine = await app.producer.add(stream, { hangs: false });
    await eventually(() => started.includes(`${fine} 1`));
    await eventually(async () => (await health()).status === 'degraded');
    expect((await health()).consumers[0]!.reason).toContain(hung);
    // Its retry is due, but this process still runs it.
    expect(started).toEqual([`${hung} 1`, `${fine} 1`]);

    const other = await app.producer.add(stream, { hangs: true });
    await eventually(async () => (await health()).status === 'down');
    expect((await health()).consumers[0]!.reason).toMatch(/all 2 slots/);

    held.resolve();
    await eventually(() => started.includes(`${hung} 2`) && started.includes(`${other} 2`));
    await eventually(async () => (await pendingCount(redisCli(), stream)) === 0);
    await eventually(async () => (await health()).status === 'up');
    expect(started).toHaveLength(5);
  });
});
