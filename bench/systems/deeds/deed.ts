/**
 * What a handler does:
 * - `nothing`, `answer`, `one progress`, `fail` for good, and `100 tokens` of output: as they say;
 * - `tokens`: 50 tokens a second, until it is told that it is over, each of them the time at which it was made; `tokens, not kept` the same
 *   where nothing is kept of them;
 * - `progress`: tells its progress as often as it gets to, until it is told that it is over.
 */
export type Deed =
  'nothing' | 'answer' | 'one progress' | 'fail' | '100 tokens' | 'tokens' | 'tokens, not kept' | 'progress';

export interface PerformOptions {
  readonly url: string;
  readonly queue: string;
  readonly concurrency: number;
  readonly deed: Deed;
  readonly tally: Tally;
}

/** What handlers do without end is counted here, and ends when it says so. */
export interface Tally {
  count: number;
  isOver: boolean;
}

export const TOKENS_PER_SECOND = 50;
export const PROGRESS = { step: 3, of: 12, stage: 'reading' };

/** Lets what came in meanwhile have its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
