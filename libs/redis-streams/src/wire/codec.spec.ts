import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendHeaders, decodeEntry, fieldsCodec, jsonCodec } from './codec.js';

const encode = (payload: unknown) => fieldsCodec.encode(payload);

describe('the fields codec', () => {
  it('writes an object of strings without any header', () => {
    expect(encode({ prompt: 'p', model: 'm' })).toEqual(['prompt', 'p', 'model', 'm']);
  });

  it('writes other values as JSON and lists their keys in the name of one header with an empty value', () => {
    expect(encode({ a: 1, b: 'text', 'c,d': null })).toEqual([
      'a',
      '1',
      'b',
      'text',
      'c,d',
      'null',
      '~json:a,c%2Cd',
      '',
    ]);
  });

  it('writes {} as its header alone', () => {
    expect(encode({})).toEqual(['~json:', '']);
    expect(encode({ gone: undefined })).toEqual(['~json:', '']);
  });

  it.each([[[1, 'two']], ['text'], [42], [null], [true]])('writes %j as JSON in one field', (payload) => {
    expect(encode(payload)).toEqual(['~payload', JSON.stringify(payload)]);
  });

  it('lets strings that UTF-8 cannot hold travel as JSON', () => {
    expect(encode({ s: '\ud800' })).toEqual(['s', '"\\ud800"', '~json:s', '']);
    expect(encode({ '\ud800': 's' })).toEqual(['~payload', '{"\\ud800":"s"}']);
  });

  it('makes of Dates and others with toJSON what JSON does', () => {
    expect(encode({ at: new Date(0) })).toEqual(['at', '1970-01-01T00:00:00.000Z']);
    expect(encode(new Date(0))).toEqual(['~payload', '"1970-01-01T00:00:00.000Z"']);
  });
});

class Hidden {
  readonly #state = 1;
  get state() {
    return this.#state;
  }
}
class Dto {
  constructor(readonly prompt: string) {}
}

describe.each([
  ['fields', fieldsCodec],
  ['json', jsonCodec],
])('the %s codec', (_name, codec) => {
  it.each<[string, unknown, RegExp]>([
    ['a Map', new Map([[1, 2]]), /is a Map: use Object\.fromEntries/],
    ['a Set', new Set([1]), /is a Set: use \[\.\.\.set\]/],
    ['a RegExp', /x/, /is an instance of RegExp without fields/],
    ['an Error with fields', Object.assign(new Error('x'), { code: 1 }), /is an Error: use its message/],
    ['a Promise', Promise.resolve(1), /is a Promise: await it/],
    ['a typed array', new Float32Array(2), /is binary/],
    ['an ArrayBuffer', new ArrayBuffer(2), /is binary/],
    ['search parameters', new URLSearchParams('a=1'), /is an instance of URLSearchParams/],
    ['an instance with private state', new Hidden(), /is an instance of Hidden without fields or toJSON/],
    ['an invalid Date', new Date(NaN), /is an invalid Date/],
    ['a boxed NaN', Object(NaN), /is NaN/],
  ])('refuses %s, wherever it is', (_what, value, reason) => {
    for (const payload of [value, { a: value }, [value], { a: { b: [value] } }]) {
      expect(() => codec.encode(payload)).toThrow(
        expect.objectContaining({ name: 'EncodeError', message: expect.stringMatching(reason) }),
      );
    }
  });

  it.each<[string, unknown]>([
    ['instances with fields', new Dto('p')],
    ['objects without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['plain objects of another realm', runInNewContext('({ a: [{ b: 1 }] })')],
    ['instances with toJSON', new URL('http://x/')],
    ['boxed values', Object('text')],
    ['Buffers, as JSON writes them', Buffer.from('x')],
    ['null', null],
  ])('takes %s', (_what, value) => {
    expect(decodeEntry(codec.encode({ a: { b: value } })).payload).toEqual(
      JSON.parse(JSON.stringify({ a: { b: value } })),
    );
    expect(decodeEntry(codec.encode({ a: value })).payload).toEqual(JSON.parse(JSON.stringify({ a: value })));
  });
});

describe('decodeEntry', () => {
  it('recognises what either codec wrote', () => {
    const payload = { a: 1, b: 'b', c: { d: [] }, '': false };
    expect(decodeEntry(fieldsCodec.encode(payload)).payload).toEqual(payload);
    expect(decodeEntry(jsonCodec.encode(payload)).payload).toEqual(payload);
  });

  it('tells {} from an object whose empty key holds JSON', () => {
    expect(decodeEntry(['~json:', '']).payload).toEqual({});
    expect(decodeEntry(encode({ '': 1 })).payload).toEqual({ '': 1 });
    expect(decodeEntry(encode({ '': '1' })).payload).toEqual({ '': '1' });
  });

  it('keeps headers apart from the payload', () => {
    const fields = appendHeaders(encode({ a: 'b' }), { correlationId: 'c' });
    expect(decodeEntry(fields)).toEqual({ payload: { a: 'b' }, headers: { correlationId: 'c' } });
  });

  it.each([
    [['~payload', '{']],
    [['a', 'x', '~json:a', '']],
    [['a', '1', '~json:b', '']],
    [['a', '1', '~json:%E0', '']],
  ])('refuses %j without quoting values', (fields) => {
    expect(() => decodeEntry(fields)).toThrow(expect.objectContaining({ name: 'DecodeError' }));
  });
});

it('decodes or refuses any list of fields, without polluting a prototype or letting a header into the payload', () => {
  const name = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      '__proto__',
      'constructor',
      'prototype',
      'a',
      '',
      '~payload',
      '~json:',
      '~json:a',
      '~json:__proto__,a',
      '~json:%',
      '~dead-id',
      '~',
    ),
  );
  const value = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      '{"__proto__":{"polluted":1}}',
      '[1]',
      'null',
      '1e999',
      '{',
      '"\\ud800"',
      '{"constructor":{"prototype":{"polluted":1}}}',
    ),
  );
  const fields = fc.array(fc.tuple(name, value), { maxLength: 6 }).map((pairs) => pairs.flat());
  fc.assert(
    fc.property(fields, (list) => {
      try {
        const { payload, headers } = decodeEntry(list);
        const ownKeys =
          typeof payload === 'object' && payload !== null && !list.includes('~payload') ? Object.keys(payload) : [];
        if (ownKeys.some((key) => key.startsWith('~'))) throw new Error('a header among the payload');
        if (Object.keys(headers).some((key) => key === 'payload' || key.startsWith('json:')))
          throw new Error('a header of ours');
      } catch (error) {
        if ((error as Error).name !== 'DecodeError') throw error;
      }
      return ({} as { polluted?: unknown }).polluted === undefined;
    }),
    { numRuns: 100_000 },
  );
});
