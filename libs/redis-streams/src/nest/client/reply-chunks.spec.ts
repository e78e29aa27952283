import { expect, it } from 'vitest';
import { ReplyChunks } from './reply-chunks.js';

/** Which chunks of each run the subscriber gets. */
function given(...runs: unknown[][]) {
  const chunks = new ReplyChunks();
  const emitted: unknown[] = [];
  for (const [n, run] of runs.entries()) {
    if (n > 0) chunks.restart();
    emitted.push(...run.filter((chunk) => chunks.take(chunk)));
  }
  return { chunks, emitted, areWrong: chunks.areWrong };
}

it.each<[string, unknown[][], unknown[], boolean]>([
  ['of one run are all given', [[1, 1, null, { a: 1 }]], [1, 1, null, { a: 1 }], false],
  ['are given once where all runs write the same', [['a'], ['a', 'b'], ['a', 'b', 'c']], ['a', 'b', 'c'], false],
  ['of a run before the first chunk are as if it had not been', [[], ['a']], ['a'], false],
  [
    'are wrong where a run writes another, whatever comes then',
    [
      ['a', 'b'],
      ['a', 'x', 'c', 'd'],
    ],
    ['a', 'b'],
    true,
  ],
  ['stay wrong where yet another run writes the first again', [['a'], ['x'], ['a', 'b']], ['a'], true],
  ['are wrong where the last run writes fewer', [['a', 'b'], ['a']], ['a', 'b'], true],
])('chunks %s', (_what, runs, emitted, areWrong) => {
  expect(given(...runs)).toMatchObject({ emitted, areWrong });
});

it('chunks are wrong where not all were kept', () => {
  const { chunks } = given(['a']);
  chunks.lose();
  expect([chunks.take('b'), chunks.areWrong]).toEqual([false, true]);
});

it('it is known what was given last', () => {
  const { chunks } = given([{ a: 1 }]);
  expect([chunks.endWith({ a: 1 }), chunks.endWith({ a: 2 }), given([]).chunks.endWith(undefined)]).toEqual([
    true,
    false,
    true,
  ]);
});
