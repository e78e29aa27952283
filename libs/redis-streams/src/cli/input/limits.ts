import { InvalidArgumentError } from 'commander';
import { IS_TROUBLE, type StatsRow } from '../view/stats-view.js';
import { parseDuration } from './values/durations.js';

/** What a group is not to be, such as `waiting>1000`. */
export interface Limit {
  /** As it was written. */
  readonly text: string;
  readonly isReached: (row: StatsRow) => boolean;
}

const COUNTS: Readonly<Record<string, (row: StatsRow) => number | undefined>> = {
  waiting: ({ group }) => group?.backlog.count,
  running: ({ group }) => group?.running,
  stuck: ({ group }) => group?.stuck,
  left: ({ group }) => group?.left,
  retry: ({ group }) => group?.retryScheduled,
  delayed: ({ stream, isFirst }) => (isFirst ? stream.delayed : undefined),
  dead: ({ stream, isFirst }) => (isFirst ? stream.deadLetters : undefined),
  workers: ({ group }) => group?.liveWorkers,
  oldest: ({ group }) => group?.oldestUnfinishedAgeMs,
};
const STATES = Object.keys(IS_TROUBLE);

export function parseLimit(text: string, before: readonly Limit[] = []): Limit[] {
  return [...before, { text, isReached: limitOf(text) }];
}

function limitOf(text: string): Limit['isReached'] {
  const state = /^state=([\w-]+)$/.exec(text)?.[1];
  if (state !== undefined && STATES.includes(state)) return ({ group }) => group?.state === state;
  const [, name = '', sign, bound = ''] = /^(\w+)([<>])(\w+)$/.exec(text) ?? [];
  const count = COUNTS[name];
  if (!count) {
    throw new InvalidArgumentError(
      `It is one of ${Object.keys(COUNTS).join(', ')}, then < or >, and a number (of oldest a duration); or state= and one of ${STATES.join(', ')}.`,
    );
  }
  const limit = name === 'oldest' ? parseDuration(bound) : Number(bound);
  if (Number.isNaN(limit)) throw new InvalidArgumentError(`'${bound}' is no number.`);
  return (row) => {
    const value = count(row);
    return value !== undefined && (sign === '>' ? value > limit : value < limit);
  };
}
