import { expect, it } from 'vitest';
import { checkedSelection } from '../../admin/letters/letter-selection.js';
import { checkedOptions, REDRIVE_OPTIONS } from '../../admin/operations/operation-options.js';
import { checkedRange } from '../../admin/replay/replay-options.js';
import { OperationActiveError } from '../../model/errors/operation-errors.js';
import type { OperationInfo } from '../../model/operations/operation.js';
import { integer } from '../../options/checks/kinds.js';
import { assertStreamName } from '../../wire/stream-name.js';
import { commandWords } from './command-words.js';

/** As the library says it, then as the command line does. */
function wordsOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return commandWords((error as Error).message);
  }
  throw new Error('It was to throw.');
}

const redrive = "planRedrive('it''s: a stream')";

it.each<[string, () => unknown, string]>([
  [
    'an empty selection',
    () => checkedSelection({}, redrive),
    'the selection is empty. Say which letters, or --all for all of them.',
  ],
  [
    'an empty range',
    () => checkedRange({}, "plan('a')"),
    'the range must have --from or --to, or else --all for all that is kept.',
  ],
  [
    'a wrong rate',
    () => checkedOptions(REDRIVE_OPTIONS, { rate: 0.001 }, redrive),
    '--rate must be how many a second: 0.01 or more, or 0 for as fast as it goes, got 0.001.',
  ],
  [
    'a number out of bounds',
    () => checkedOptions(REDRIVE_OPTIONS, { maxBacklog: 0 }, redrive),
    '--max-backlog must be a whole number, 1 to 2000, got 0.',
  ],
  [
    'a duration out of bounds',
    () => integer({ byDefault: 1, min: 100, max: 60_000 }).read(0, 'rates: overMs'),
    '--over must be 100ms to 1m, got 0ms.',
  ],
  [
    'a wrong id',
    () => checkedSelection({ ids: ['abc'] }, redrive),
    '--id: a dead letter has an id such as \'1699980000000-0\', as nestjs-redis-streams dead tells it, got "abc". That of its task is another.',
  ],
  [
    'the name of dead letters',
    () => assertStreamName('{a b}:dead'),
    "The stream name '{a b}:dead' ends in ':dead', where the dead letters of 'a b' are. Read those with nestjs-redis-streams dead 'a b'; for a stream of your own choose another name.",
  ],
  [
    'another bulk action',
    () => {
      const operation = { id: 'op_1', kind: 'purge', stream: 'a', by: undefined } as OperationInfo;
      throw new OperationActiveError(operation, "purge('a')");
    },
    "a purge of 'a' goes on already (op_1). Wait for it with: nestjs-redis-streams operations a --continue op_1, or end it with: nestjs-redis-streams operations a --cancel op_1.",
  ],
])('says what to write on the command line: %s', (_, act, words) => {
  expect(wordsOf(act)).toBe(words);
});

it('leaves what others wrote as it is', () => {
  const text = 'Redis refused the entry, nothing was written: OOM command not allowed when used memory';
  expect(commandWords(text)).toBe(text);
});
