import { expect, it } from 'vitest';
import { Keys } from '../keys.js';
import { ringsOf } from './ring-message.js';

const keys = new Keys('shop:');

it.each(['cancel', 'news', 'ended'] as const)('a ring of %s says which task it is about', (kind) => {
  const { place } = keys.ofGroup('ai:chat', 'workers');
  expect(ringsOf(`${kind} 5-0 ${place}`, keys)).toEqual([{ kind, stream: 'ai:chat', group: 'workers', id: '5-0' }]);
});

it('a ring may be about many tasks', () => {
  const { place } = keys.ofGroup('q', 'workers');
  expect(ringsOf(`ended 5-0,6-1,7-0 ${place}`, keys).map(({ id }) => id)).toEqual(['5-0', '6-1', '7-0']);
});

it('names of groups and streams may hold spaces and line breaks', () => {
  const { place } = keys.ofGroup('two words\nand more', 'a group: {é}');
  expect(ringsOf(`news 5-0 ${place}`, keys)).toMatchObject([{ stream: 'two words\nand more', group: 'a group: {é}' }]);
});

it.each([
  ['nothing', ''],
  ['another kind', 'begin 5-0 workers shop:q'],
  ['no id', 'news 5 workers shop:q'],
  ['a list with an id missing', 'news 5-0,,6-0 workers shop:q'],
  ['no stream', 'news 5-0 workers'],
  ['a stream without our prefix', 'news 5-0 workers q'],
  ['a group that cannot be decoded', 'news 5-0 %E0%A4%A shop:q'],
  ['binary', '\u0000\ufffd\u0001'],
])('%s is no ring', (_name, message) => {
  expect(ringsOf(message, keys)).toEqual([]);
});
