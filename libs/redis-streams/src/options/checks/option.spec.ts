import { expect, it } from 'vitest';
import { bool, integer } from './kinds.js';
import { falseOr, nested, readOptions, type TableOf } from './option.js';

interface Wait {
  initialMs?: number;
  isRandom?: boolean;
}

interface Handler {
  concurrency?: number;
  wait?: false | Wait;
}

const WAIT = { initialMs: integer({ byDefault: 10, min: 1 }), isRandom: bool(false) } satisfies TableOf<Wait>;
const HANDLER = {
  concurrency: integer({ byDefault: 1, min: 1 }),
  wait: falseOr(nested(WAIT, { instead: { delay: 'set initialMs' } }), '{ initialMs: 1 }'),
} satisfies TableOf<Handler>;

it('a level is read whole, with what is left out', () => {
  expect(readOptions(HANDLER, {}, '')).toEqual({ concurrency: 1, wait: { initialMs: 10, isRandom: false } });
  expect(readOptions(HANDLER, { wait: { initialMs: 5 } }, '')).toEqual({
    concurrency: 1,
    wait: { initialMs: 5, isRandom: false },
  });
  expect(readOptions(HANDLER, { wait: false }, '')).toEqual({ concurrency: 1, wait: undefined });
});

it.each<[object, string]>([
  [{ concurrency: 0, wait: 1 }, 'mine: concurrency must be a whole number, 1 or more, got 0.'],
  [{ wait: 1 }, 'mine: wait must be an object, got 1.'],
  [{ wait: true }, 'mine: wait must be false, or an object such as { initialMs: 1 }, got true.'],
  [{ wait: { isRandom: 1 } }, 'mine: wait.isRandom must be true or false, got 1.'],
  [
    { wait: { delay: 1 } },
    "Unknown option 'delay' in mine: wait. Instead, set initialMs. Known ones: initialMs, isRandom.",
  ],
  [{ wait: { initalMs: 1 } }, "Unknown option 'initalMs' in mine: wait. Did you mean 'initialMs'?"],
])('%j is refused, by its full name', (given, message) => {
  expect(() => readOptions(HANDLER, given, 'mine: ')).toThrow(message);
});

it('a table that differs from its interface does not compile', () => {
  // @ts-expect-error -- isRandom is missing
  const missing = { initialMs: WAIT.initialMs } satisfies TableOf<Wait>;
  // @ts-expect-error -- the interface has no such option
  const unknown = { ...WAIT, maxMs: WAIT.initialMs } satisfies TableOf<Wait>;
  // @ts-expect-error -- the interface says boolean
  const kind = { ...WAIT, isRandom: WAIT.initialMs } satisfies TableOf<Wait>;
  // @ts-expect-error -- the interface has false, too
  const off = { ...HANDLER, wait: nested(WAIT) } satisfies TableOf<Handler>;
  // @ts-expect-error -- these are other options
  const other = { ...HANDLER, wait: falseOr(nested({ size: WAIT.initialMs }), '') } satisfies TableOf<Handler>;
  expect([missing, unknown, kind, off, other]).toHaveLength(5);
});
