/** What somebody waits for: `run` and `result` for the end of a task, `watch` for all that becomes of it, `cancel` for an answer. */
export type WaitKind = 'run' | 'result' | 'watch' | 'cancel';

export interface WatchOutcome {
  readonly kind: 'watched';
  /** What the last event said; undefined where it completed without one. */
  readonly end: string | undefined;
  /** All chunks since the last restart. */
  readonly text: string;
  /** What the handler returned, where the last event had it. */
  readonly answer: string | undefined;
  readonly restarts: number;
  /** How often it went on from a cursor. */
  readonly resumed: number;
  /** What it should not have told, or not so. */
  readonly problem: string | undefined;
}

/** How a wait ended. */
export type WaitOutcome =
  | { readonly kind: 'result'; readonly text: string | undefined; readonly timeouts: number }
  /** The task ended otherwise than well. */
  | { readonly kind: 'failed'; readonly state: string; readonly timeouts: number }
  | { readonly kind: 'answered'; readonly outcome: string }
  | WatchOutcome
  /** There is no task to wait for: its add failed. */
  | { readonly kind: 'not added' }
  /** What no wait should end with. */
  | { readonly kind: 'error'; readonly error: string };

/** A wait as its producer told it. */
export interface Wait {
  readonly n: number;
  readonly kind: WaitKind;
  readonly beganAt: number;
  id?: string;
  endedAt?: number;
  outcome?: WaitOutcome;
}
