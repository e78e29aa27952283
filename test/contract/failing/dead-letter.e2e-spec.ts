import { Controller, Injectable, type PipeTransform } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type DeadLetteredEvent, StreamContext, StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { deadLetterKey, deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const FAST = { backoff: { initialMs: 5, jitter: 0 } };

describe('the dead letter', () => {
  it('gets a task after maxDeliveries runs: the original fields, and why, where, when, how often, which group', async () => {
    const stream = uniqueStream();
    let runs = 0;
    const events: DeadLetteredEvent[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { group: 'gpu', retry: { maxDeliveries: 3, ...FAST } })
      async handle() {
        runs++;
        throw new TypeError('no such model');
      }
    }
    const app = await startApp({
      controllers: [Worker],
      options: { hooks: { deadLettered: (event) => events.push(event) } },
    });
    const id = await app.producer.add(stream, { prompt: 'p', tokens: 12 }, { headers: { correlationId: 'c-1' } });

    const cli = redisCli();
    const [dead] = await deadLetters(cli, stream);
    expect(runs).toBe(3);
    expect(dead!.fields).toMatchObject({
      prompt: 'p',
      tokens: '12',
      '~json:tokens': '',
      '~correlationId': 'c-1',
      '~dead-reason': 'max-deliveries',
      '~dead-error': 'TypeError: no such model',
      '~dead-stream': stream,
      '~dead-group': 'gpu',
      '~dead-id': id,
      '~dead-deliveries': '3',
    });
    expect(dead!.fields['~dead-stack']).toContain('dead-letter.e2e-spec');
    expect(Date.now() - Date.parse(dead!.fields['~dead-at']!)).toBeLessThan(60_000);
    expect(await pendingCount(cli, stream, 'gpu')).toBe(0);
    await eventually(() => events.length === 1);
    expect(events[0]).toMatchObject({
      stream,
      group: 'gpu',
      entryId: id,
      deliveryCount: 3,
      reason: 'max-deliveries',
      kept: true,
    });
    expect(app.logs.matching('error', /went to the dead letter, max-deliveries/)).toHaveLength(1);
  });

  it('gets a task at once when its handler throws an UnrecoverableError', async () => {
    const stream = uniqueStream();
    const counts: number[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Ctx() context: StreamContext) {
        counts.push(context.deliveryCount);
        throw new UnrecoverableError('the document is encrypted');
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.add(stream, {});

    const cli = redisCli();
    const [dead] = await deadLetters(cli, stream);
    expect(dead!.fields['~dead-reason']).toBe('unrecoverable');
    expect(counts).toEqual([1]);
  });

  it('gets an entry that cannot be decoded, without a run, and the ones after it are handled', async () => {
    const stream = uniqueStream();
    const handled: unknown[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: 1 })
      async handle(@Payload() payload: unknown) {
        handled.push(payload);
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const cli = redisCli();
    const poison = await cli.xadd(stream, '*', 'tokens', 'not json', '~json:tokens', '');
    await cli.xadd(stream, '*', '~payload', '{"half":');
    await app.producer.add(stream, { fine: true });

    await eventually(() => handled.length === 1);
    expect(handled).toEqual([{ fine: true }]);
    const dead = await deadLetters(cli, stream, 2);
    expect(dead.map(({ fields }) => fields['~dead-reason'])).toEqual(['undecodable', 'undecodable']);
    expect(dead[0]!.fields).toMatchObject({ tokens: 'not json', '~dead-id': poison });
  });

  it('gets a task at once that a pipe refuses, whatever the pipe throws', async () => {
    const stream = uniqueStream();
    let runs = 0;

    @Injectable()
    class RefusingPipe implements PipeTransform {
      transform(value: { prompt?: string }) {
        if (!value.prompt) throw new RangeError('prompt is missing');
        return value;
      }
    }

    @Controller()
    class Worker {
      @StreamHandler(stream)
      async handle(@Payload(RefusingPipe) _payload: unknown) {
        runs++;
      }
    }
    const app = await startApp({ controllers: [Worker], providers: [RefusingPipe] });
    await app.producer.add(stream, { model: 'm' });
    await app.producer.add(stream, { prompt: 'p' });

    const cli = redisCli();
    const dead = await deadLetters(cli, stream);
    expect(dead[0]!.fields).toMatchObject({
      '~dead-reason': 'rejected-by-pipe',
      '~dead-error': 'RangeError: prompt is missing',
    });
    await eventually(() => runs === 1);
  });

  it('keeps about as many entries as deadLetter.maxLen says, and none where deadLetter is false', async () => {
    const [trimmed, none] = [uniqueStream('trimmed'), uniqueStream('none')];

    @Controller()
    class Worker {
      @StreamHandler(trimmed, { deadLetter: { maxLen: 100 }, retry: { maxDeliveries: 1 } })
      async handleTrimmed() {
        throw new Error('always');
      }

      @StreamHandler(none, { deadLetter: false, retry: { maxDeliveries: 1 } })
      async handleNone() {
        throw new Error('always');
      }
    }
    const app = await startApp({ controllers: [Worker] });
    await app.producer.addBulk(
      trimmed,
      Array.from({ length: 500 }, () => ({ payload: {} })),
    );
    await app.producer.add(none, {});

    const cli = redisCli();
    await eventually(async () => (await pendingCount(cli, trimmed)) + (await pendingCount(cli, none)) === 0);
    await eventually(() => app.logs.matching('error', /max-deliveries/).length === 501);
    expect(await cli.xlen(deadLetterKey(trimmed))).toBeLessThan(300);
    expect(await cli.exists(deadLetterKey(none))).toBe(0);
    expect(app.logs.matching('error', /was dropped \(deadLetter is false\)/)).toHaveLength(1);
  });

  it('takes an entry of 20,000 fields', async () => {
    const stream = uniqueStream();

    @Controller()
    class Worker {
      @StreamHandler(stream, { retry: { maxDeliveries: 1 } })
      async handle() {
        throw new Error('too wide for me');
      }
    }
    await startApp({ controllers: [Worker] });
    const cli = redisCli();
    await cli.xadd(stream, '*', ...Array.from({ length: 20_000 }, (_, n) => [`f${n}`, `v${n}`]).flat());

    const [dead] = await deadLetters(cli, stream);
    const fields = JSON.parse(dead!.fields['~dead-fields']!) as string[];
    expect(fields).toHaveLength(40_000);
    expect(fields.slice(-2)).toEqual(['f19999', 'v19999']);
  });

  it('gets ten thousand tasks that fail at the same time', async () => {
    const stream = uniqueStream();
    const tasks = 10_000;
    const allStarted = deferred();
    let started = 0;

    @Controller()
    class Worker {
      @StreamHandler(stream, { concurrency: tasks })
      async handle() {
        if (++started === tasks) allStarted.resolve();
        await allStarted.promise;
        throw new UnrecoverableError('all of them');
      }
    }
    const cli = redisCli();
    const app = await startApp({ controllers: [Worker] });
    await app.producer.addBulk(
      stream,
      Array.from({ length: tasks }, () => ({ payload: {} })),
    );
    await eventually(async () => (await cli.xlen(deadLetterKey(stream))) === tasks, 30_000);
    expect(await pendingCount(cli, stream)).toBe(0);
  });
});
