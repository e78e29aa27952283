import { InvalidArgumentError } from 'commander';
import type { StatsRow } from '../view/stats-view.js';
import { parseDuration } from './durations.js';

/** What a group is not to be, such as `waiting>1000`. */
export interface Limit {
  /** As it was written. */
  readonly text: string;
  readonly isReached: (row: StatsRow) => boolean;
}

const COUNTS: Readonly<Record<string, (row: StatsRow) => number | undefined>> = {
  waiting: (row) => row.waiting,
  running: (row) => row.running,
  retry: (row) => row.retry,
  delayed: (row) => row.delayed,
  dead: (row) => row.dead,
  workers: (row) => row.workers,
  oldest: (row) => row.oldestMs,
};

export function parseLimit(text: string, before: readonly Limit[] = []): Limit[] {
  return [...before, { text, isReached: limitOf(text) }];
}

export function reached(limit: Limit, row: StatsRow): boolean {
  return limit.isReached(row);
}

function limitOf(text: string): Limit['isReached'] {
  const state = /^state=([\w-]+)$/.exec(text)?.[1];
  if (state !== undefined) return (row) => row.state === state;
  const [, name = '', sign, bound = ''] = /^(\w+)([<>])(\w+)$/.exec(text) ?? [];
  const count = COUNTS[name];
  if (!count) {
    throw new InvalidArgumentError(
      `It is one of ${Object.keys(COUNTS).join(', ')}, then < or >, and a number (of oldest a duration); or state=behind, state=no-worker.`,
    );
  }
  const limit = name === 'oldest' ? parseDuration(bound) : Number(bound);
  if (Number.isNaN(limit)) throw new InvalidArgumentError(`'${bound}' is no number.`);
  return (row) => {
    const value = count(row);
    return value !== undefined && (sign === '>' ? value > limit : value < limit);
  };
}
