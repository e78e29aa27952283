import { expect, it } from 'vitest';
import { appendHeaders, decodeEntry, fieldsCodec } from './codec.js';
import { narrowFields } from './narrow-fields.js';

const wide = (keys: number) =>
  Object.fromEntries(Array.from({ length: keys }, (_, n) => [`k${n}`, n % 2 ? n : `text ${n}`]));

it('few fields stay as they are', () => {
  const fields = fieldsCodec.encode(wide(3_000));
  expect(narrowFields(fields)).toBe(fields);
});

it('too many become one, which decodes to the same payload and headers', () => {
  const fields = [...appendHeaders(fieldsCodec.encode(wide(10_000)), { trace: 'a' }), '~.deadline', '+5'];
  const narrow = narrowFields(fields);
  expect(narrow.filter((_, n) => n % 2 === 0)).toEqual(['~payload', '~trace', '~.deadline']);
  expect(decodeEntry(narrow)).toEqual(decodeEntry(fields));
});

it('too many headers are refused', () => {
  const headers = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`h${n}`, '']));
  expect(() => narrowFields(appendHeaders(fieldsCodec.encode({}), headers))).toThrow(/at most 3500 fields.* 5000/);
});
