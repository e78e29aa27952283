import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DeadLetterSelection } from '../../admin/letters/letter-selection.js';
import { parseDuration, parseMoment } from '../input/values/durations.js';
import { parsePair } from '../input/values/pairs.js';

type Reason = NonNullable<DeadLetterSelection['reason']>;

const REASONS: Readonly<Record<Reason, true>> = {
  'max-deliveries': true,
  'max-age': true,
  unrecoverable: true,
  'rejected-by-pipe': true,
  undecodable: true,
  'unusable-result': true,
  unknown: true,
};

/** Which dead letters. Where several are given, all must hold. */
export interface LetterOptions {
  readonly id?: readonly string[];
  readonly group?: string;
  readonly diedOf?: Reason;
  readonly error?: string;
  readonly header?: Readonly<Record<string, string>>;
  readonly from?: string | Date;
  readonly to?: string | Date;
  readonly olderThan?: number;
  readonly redriven?: 'yes' | 'no';
}

export function withLetterOptions(command: Command): Command {
  return command
    .optionsGroup('Which letters (where several are given, all must hold):')
    .option('--id <letter>', 'this one; may be repeated', gathered)
    .option('--group <group>', 'given up by this group')
    .addOption(new Option('--died-of <reason>', 'given up for this reason').choices(Object.keys(REASONS)))
    .option('--error <text>', 'with this text in their error, in whichever case')
    .option('--header <name=value>', 'of tasks with this header; may be repeated', parsePair)
    .option('--from <moment>', 'given up since: a date, how long ago, such as 2h, or a letter', parseMoment)
    .option('--to <moment>', 'given up until, likewise', parseMoment)
    .option('--older-than <duration>', 'given up longer ago, such as 30d', parseDuration)
    .option('--redriven <yes|no>', 'of tasks that had been redriven before, or had not', yesOrNo);
}

export function letterFilter(options: LetterOptions): Omit<DeadLetterSelection, 'all' | 'upTo'> {
  const { id, group, diedOf, error, header, from, to, olderThan, redriven } = options;
  return {
    ...(id !== undefined && { ids: id }),
    ...(group !== undefined && { group }),
    ...(diedOf !== undefined && { reason: diedOf }),
    ...(error !== undefined && { error }),
    ...(header !== undefined && { headers: header }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(olderThan !== undefined && { olderThanMs: olderThan }),
    ...(redriven !== undefined && { redriven: redriven === 'yes' }),
  };
}

function yesOrNo(text: string): 'yes' | 'no' {
  if (text !== 'yes' && text !== 'no') throw new InvalidArgumentError('It is yes or no.');
  return text;
}

function gathered(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
