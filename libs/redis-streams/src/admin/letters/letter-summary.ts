import type { LetterFacts } from './letter-facts.js';
import { diedAt } from './letter-filter.js';

/** Dead letters of one group that died of the same thing. */
export interface DeathCause {
  readonly group: string;
  readonly reason: string;
  /** The first line of their error, up to 120 characters, with `…` for what differs from task to task: long numbers and ids. */
  readonly error: string;
  readonly count: number;
  readonly oldest: Date;
  readonly newest: Date;
  /** How many of them had been redriven before. */
  readonly redriven: number;
}

/** What a stream's dead letters died of. */
export interface DeadLetterSummary {
  /** The most frequent first. */
  readonly causes: readonly DeathCause[];
  /** How many letters were looked at, and whether those were all. */
  readonly scanned: number;
  readonly isComplete: boolean;
}

const LONGEST_HEAD = 120;
/** More kinds of errors are counted as one, whose error is `…`. */
const MOST_GROUPS = 1_000;

interface Tally {
  readonly first: LetterFacts;
  readonly error: string;
  count: number;
  redriven: number;
  last: LetterFacts;
}

/** What errors of one kind have in common. */
export function errorHead(error: string): string {
  const [line = ''] = error.split('\n', 1);
  const head = line.replaceAll(/\b(?=[\w-]*\d)[\w-]{12,}\b|\d{4,}/g, '…');
  return head.length > LONGEST_HEAD ? `${head.slice(0, LONGEST_HEAD - 1)}…` : head;
}

/** Counts letters, oldest first, by what they died of. */
export class LetterTally {
  private readonly tallies = new Map<string, Tally>();

  add(letter: LetterFacts): void {
    const head = errorHead(letter.error);
    const known = this.tallies.get(keyOf(letter, head));
    const error = known || this.tallies.size < MOST_GROUPS ? head : '…';
    const key = keyOf(letter, error);
    const tally = this.tallies.get(key) ?? { first: letter, error, count: 0, redriven: 0, last: letter };
    tally.count++;
    if (letter.redrives > 0) tally.redriven++;
    tally.last = letter;
    this.tallies.set(key, tally);
  }

  /** The most frequent first. */
  causes(): DeathCause[] {
    return [...this.tallies.values()]
      .toSorted((a, b) => b.count - a.count)
      .map(({ first, last, error, count, redriven }) => ({
        ...{ group: first.group, reason: first.reason, error, count },
        ...{ oldest: diedAt(first), newest: diedAt(last), redriven },
      }));
  }
}

function keyOf({ group, reason }: LetterFacts, error: string): string {
  return JSON.stringify([group, reason, error]);
}
