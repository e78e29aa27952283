import { describe, expect, it } from 'vitest';
import { AddBulkError, type AddOutcome } from '../model/errors/add-bulk-error.js';
import {
  AddOutcomeUnknownError,
  AddRefusedError,
  EncodeError,
  RedisStreamsConfigError,
  RedisUnavailableError,
} from '../model/errors/errors.js';
import type { AppendCommand, Appender } from '../model/ports/append.js';
import { StreamNames } from '../options/stream-names.js';
import { decodeEntry, fieldsCodec } from '../wire/codec.js';
import { type InternalAddOptions, RESERVED_FIELDS } from './adding/add-options.js';
import { type AddCall, type AddInterceptor, AddInterceptors } from './adding/add-interceptors.js';
import { StreamProducer } from './stream-producer.js';

const STREAM: string = 'ai:queue';
const NO_NAME: string = '';

/** Keeps what it is given, and fails where it is told to. */
class FakeAppender implements Appender {
  readonly commands: AppendCommand[] = [];
  readonly chunks: number[] = [];
  fails: ((n: number) => Error | undefined) | undefined;

  async append(stream: string, command: AppendCommand): Promise<string> {
    const [outcome] = await this.appendAll(stream, [command]);
    if (outcome!.error) throw outcome!.error;
    return outcome!.id;
  }

  async appendAll(_stream: string, commands: readonly AppendCommand[]): Promise<AddOutcome[]> {
    this.chunks.push(commands.length);
    return commands.map((command) => {
      const n = this.commands.push(command);
      const error = this.fails?.(n);
      return error ? { error } : { id: `${n}-0` };
    });
  }

  /** Payload and headers of all that came. */
  get entries() {
    return this.commands.map(({ fields }) => decodeEntry(fields));
  }
}

function producerWith(...interceptors: AddInterceptor[]) {
  const warnings: string[] = [];
  const log = { debug() {}, log() {}, warn: (message: string) => void warnings.push(message), error() {} };
  const appender = new FakeAppender();
  const producer = new StreamProducer({
    appender,
    encoding: { codec: fieldsCodec, maxPayloadBytes: 1_000_000 },
    names: new StreamNames(undefined, log),
    interceptors: new AddInterceptors(interceptors, log),
  });
  return { producer, appender, warnings };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it was resolved'),
    (error: unknown) => error,
  );
}

const bulkOf = (count: number, payload: object = {}) => Array.from({ length: count }, () => ({ payload }));

describe('without interceptors', () => {
  it('an add is appended in its own turn, with its headers and options', async () => {
    const { producer, appender } = producerWith();
    const added = producer.add(STREAM, { n: 1 }, { headers: { trace: 'a' }, maxLen: 5, minReplicas: 1 });
    expect(appender.commands).toMatchObject([{ maxLen: 5, minReplicas: 1 }]);
    expect(appender.entries).toEqual([{ payload: { n: 1 }, headers: { trace: 'a' } }]);
    expect(await added).toBe('1-0');
  });

  it('an add of the library’s own may bring reserved fields', async () => {
    const { producer, appender } = producerWith();
    const options: InternalAddOptions = { headers: { trace: 'a' }, [RESERVED_FIELDS]: ['~.keep', ''] };
    await producer.add(STREAM, { n: 1 }, options);
    expect(appender.entries).toEqual([{ payload: { n: 1 }, headers: { trace: 'a' }, reserved: { keep: '' } }]);
  });

  it('a bulk goes out 500 at a time, and in chunks of a million characters', async () => {
    const { producer, appender } = producerWith();
    expect(await producer.addBulk(STREAM, bulkOf(1_100))).toHaveLength(1_100);
    expect(appender.chunks).toEqual([500, 500, 100]);
    appender.chunks.length = 0;
    await producer.addBulk(STREAM, bulkOf(3, { text: 'x'.repeat(600_000) }));
    expect(appender.chunks).toEqual([2, 1]);
  });

  it('a bulk sends nothing after a chunk that was not answered, but for the one under way', async () => {
    const { producer, appender } = producerWith();
    appender.fails = (n) => (n === 1 ? new AddOutcomeUnknownError('silence') : undefined);
    const error = await rejection(producer.addBulk(STREAM, bulkOf(2_000)));
    expect(appender.chunks).toEqual([500, 500]);
    const { outcomes } = error as AddBulkError;
    expect(outcomes).toHaveLength(2_000);
    expect(outcomes[0]!.error).toBeInstanceOf(AddOutcomeUnknownError);
    expect(outcomes[999]!.id).toBe('1000-0');
    expect(outcomes[1_000]!.error).toBeInstanceOf(RedisUnavailableError);
  });

  it('a bulk with one item that cannot be encoded sends none, and names it', async () => {
    const { producer, appender } = producerWith();
    await expect(producer.addBulk(STREAM, [{ payload: {} }, { payload: { n: 1n } }])).rejects.toThrow(
      /^addBulk: item 1: .*bigint/,
    );
    expect(appender.commands).toHaveLength(0);
  });
});

describe('interceptors stand around a call', () => {
  it('in their order: the first is told first, and knows the outcome last', async () => {
    const told: string[] = [];
    const telling =
      (name: string): AddInterceptor =>
      async (call, proceed) => {
        told.push(`${name} before`);
        const [outcome] = await proceed();
        told.push(`${name} after ${outcome!.id} in ${call.stream}`);
      };
    const { producer } = producerWith(telling('outer'), telling('inner'));
    await producer.add(STREAM, {});
    expect(told).toEqual([
      'outer before',
      'inner before',
      `inner after 1-0 in ${STREAM}`,
      `outer after 1-0 in ${STREAM}`,
    ]);
  });

  it('and add headers to each item, beside the caller’s, whose own object stays as it was', async () => {
    const { producer, appender } = producerWith(({ items }) => {
      for (const [n, { headers }] of items.entries()) headers.trace = `t${n}`;
    });
    const headers = { user: 'u' };
    await producer.add(STREAM, { n: 0 }, { headers });
    await producer.addBulk(STREAM, [{ payload: { n: 1 }, headers }, { payload: { n: 2 } }]);
    expect(appender.entries).toEqual([
      { payload: { n: 0 }, headers: { user: 'u', trace: 't0' } },
      { payload: { n: 1 }, headers: { user: 'u', trace: 't0' } },
      { payload: { n: 2 }, headers: { trace: 't1' } },
    ]);
    expect(headers).toEqual({ user: 'u' });
  });

  it('of addBulk once, and see what became of each item', async () => {
    const calls: AddCall[] = [];
    const seen: unknown[] = [];
    const { producer, appender } = producerWith(async (call, proceed) => {
      calls.push(call);
      seen.push(...(await proceed()));
    });
    const refused = new AddRefusedError('OOM');
    appender.fails = (n) => (n === 2 ? refused : undefined);
    const error = await rejection(producer.addBulk(STREAM, bulkOf(3)));
    expect(calls).toHaveLength(1);
    expect(seen).toEqual([{ id: '1-0' }, { error: refused }, { id: '3-0' }]);
    expect((error as AddBulkError).outcomes).toEqual(seen);
  });

  it('that do not wait keep the order of adds, one that waits delays its call alone', async () => {
    const { producer, appender } = producerWith(async ({ items }, proceed) => {
      const { slow } = items[0]!.payload as { slow?: boolean };
      if (slow) await new Promise(setImmediate);
      await proceed();
    });
    const payloads = [{ n: 1 }, { n: 2, slow: true }, { n: 3 }];
    expect(await Promise.all(payloads.map((payload) => producer.add(STREAM, payload)))).toEqual(['1-0', '3-0', '2-0']);
    expect(appender.entries.map(({ payload }) => (payload as { n: number }).n)).toEqual([1, 3, 2]);
  });

  it('and see the error that the caller gets, of Redis as of a payload', async () => {
    const seen: unknown[] = [];
    const { producer, appender } = producerWith(async (_, proceed) => void seen.push(...(await proceed())));
    const unknown = new AddOutcomeUnknownError('silence');
    appender.fails = () => unknown;
    expect(await rejection(producer.add(STREAM, {}))).toBe(unknown);
    const notEncoded = await rejection(producer.add(STREAM, { n: 1n }));
    expect(notEncoded).toBeInstanceOf(EncodeError);
    expect(seen).toEqual([{ error: unknown }, { error: notEncoded }]);
    expect(appender.commands).toHaveLength(1);
  });

  it('but not around what is wrong with the call itself', async () => {
    let calls = 0;
    const { producer } = producerWith(() => void calls++);
    for (const wrong of [
      () => producer.add(NO_NAME, {}),
      () => producer.add(STREAM, {}, { headers: 'x' as never }),
      () => producer.addBulk(STREAM, [{ headers: {} } as never]),
    ]) {
      expect(await rejection(wrong())).toBeInstanceOf(RedisStreamsConfigError);
    }
    expect(calls).toBe(0);
  });
});

describe('an interceptor refuses a call', () => {
  const limit = new Error('too many');
  it.each<[string, AddInterceptor]>([
    [
      'by a synchronous throw',
      () => {
        throw limit;
      },
    ],
    ['by a rejection', () => Promise.reject(limit)],
    [
      'and cannot proceed any more',
      (_, proceed) => {
        setImmediate(() => void proceed());
        throw limit;
      },
    ],
  ])('%s: nothing is sent, the caller gets its error, and those around it see that', async (_how, refuses) => {
    const seen: unknown[] = [];
    const { producer, appender } = producerWith(async (_, proceed) => void seen.push(...(await proceed())), refuses);
    const { stack } = limit;
    expect(await rejection(producer.add(STREAM, {}))).toBe(limit);
    expect(await rejection(producer.addBulk(STREAM, bulkOf(2)))).toBe(limit);
    await new Promise(setImmediate);
    expect(appender.commands).toHaveLength(0);
    expect(seen).toEqual([{ error: limit }, { error: limit }, { error: limit }]);
    // It may be one object for all calls.
    expect(limit.stack).toBe(stack);
  });
});

describe('an interceptor that has proceeded changes nothing of the outcome', () => {
  it('by an error, which is logged', async () => {
    const { producer, warnings } = producerWith(async (_, proceed) => {
      await proceed();
      throw new Error('exporter broke');
    });
    expect(await producer.add(STREAM, {})).toBe('1-0');
    await new Promise(setImmediate);
    expect(warnings).toEqual([expect.stringMatching(/interceptor failed after .*'ai:queue'.*exporter broke/)]);
  });

  it('by going on for ever, nor by proceeding twice', async () => {
    const { producer, appender } = producerWith(async (_, proceed) => {
      expect(await proceed()).toEqual(await proceed());
      await new Promise(() => undefined);
    });
    expect(await producer.add(STREAM, {})).toBe('1-0');
    expect(appender.commands).toHaveLength(1);
  });

  it('and one that returns without proceeding lets the call pass', async () => {
    const { producer } = producerWith(() => undefined);
    expect(await producer.add(STREAM, {})).toBe('1-0');
    expect(await producer.addBulk(STREAM, bulkOf(2))).toEqual(['2-0', '3-0']);
  });
});
