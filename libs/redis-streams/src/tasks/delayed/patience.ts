import type { PromoteReply } from '../../model/ports/tasks/delayed.js';

/** After the first look that came too late, doubling to the longest. Who sees to it may die: the others come so much later. */
const FIRST_MS = 50;
const LONGEST_MS = 1_000;
/** A timer may be early by so much: nobody else was faster then. */
const EARLY_MS = 2;

type Look = Pick<PromoteReply, 'entered' | 'lateMs' | 'nextInMs'>;

/**
 * How long this process leaves what is due to others: who finds that nothing is left waits a little longer each time, and who finds
 * something that has waited as long as he would himself does not wait any more. So of many processes one does it, without a word between
 * them, and another when that one is gone.
 */
export class Patience {
  private longestMs = 0;

  /** With jitter, so that who is as patient as others does not stay so. */
  get ms(): number {
    return this.longestMs * (0.5 + Math.random() / 2);
  }

  learn({ entered, lateMs, nextInMs = Infinity }: Look): void {
    if (entered > 0 && lateMs >= this.longestMs / 2) this.longestMs = 0;
    if (entered > 0 || (this.longestMs === 0 && nextInMs <= EARLY_MS)) return;
    this.longestMs = Math.min(LONGEST_MS, Math.max(FIRST_MS, 2 * this.longestMs));
  }
}
