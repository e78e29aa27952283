import { expect, it } from 'vitest';
import { readKeyHeader, writeKeyHeader } from './key-header.js';

it.each(['order-7', ' {a} }b{ \n:ä😀', 'a'.repeat(512)])('a key is read as it was written: %j', (key) => {
  const header = { until: 'finished', ttlMs: 5_000, group: 'a b:{c}', key } as const;
  expect(readKeyHeader(writeKeyHeader(header))).toEqual(header);
});

it.each(['', 'ttl', 'ttl 5 workers', 'ttl 5 workers ', 'ttl x workers a', 'never 5 workers a', 'ttl 5 %zz a'])(
  '%j is none',
  (value) => {
    expect(readKeyHeader(value)).toBeUndefined();
  },
);
