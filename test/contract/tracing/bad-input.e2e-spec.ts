import { Test } from '@nestjs/testing';
import { RedisStreamsTracingModule } from 'nestjs-redis-streams/tracing';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';

const WRONG: [string, object, RegExp][] = [
  [
    'an unknown option',
    { correlate: 'link' },
    /^Unknown option 'correlate' in the options of RedisStreamsTracingModule.forRoot\./,
  ],
  ['a word for a correlation', { correlation: 'child' }, /^correlation must be 'link' or 'parent', got "child"\.$/],
  [
    'one for a stream',
    { streams: { a: { correlation: 1 } } },
    /^streams\['a'\]\.correlation must be 'link' or 'parent', got 1\.$/,
  ],
  ['an unknown option of a stream', { streams: { a: { kind: 1 } } }, /^Unknown option 'kind' in streams\['a'\]\./],
  [
    'more links than a span takes',
    { createSpansUpTo: 129 },
    /^createSpansUpTo must be a whole number, 0 to 128, got 129\.$/,
  ],
  ['a tracer that is none', { tracer: {} }, /^tracer must be a tracer of @opentelemetry\/api/],
  ['baggage that is no list', { baggage: 'tenant' }, /^baggage must be a list of strings, got "tenant"\.$/],
];

it.each(WRONG)('%s fails the start, and the message says what to write', async (_name, options, message) => {
  const imports = [RedisStreamsTracingModule.forRoot(options)];
  await expect(startApp({ imports })).rejects.toThrow(message);
});

it('a module that is imported twice, as it is, or alone, fails the start', async () => {
  const twice = [RedisStreamsTracingModule.forRoot(), RedisStreamsTracingModule.forRoot({ settleSpans: true })];
  await expect(startApp({ imports: twice })).rejects.toThrow(/^RedisStreamsTracingModule.forRoot is imported twice/);
  await expect(startApp({ imports: [RedisStreamsTracingModule] })).rejects.toThrow(
    /^Import RedisStreamsTracingModule.forRoot\(\)/,
  );
  const alone = Test.createTestingModule({ imports: [RedisStreamsTracingModule.forRoot()] });
  await expect(alone.compile()).rejects.toThrow(/needs RedisStreamsModule.forRoot\(\)/);
});
