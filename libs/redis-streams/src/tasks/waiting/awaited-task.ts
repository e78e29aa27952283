import type { TaskKey } from '../../model/ports/tasks/task-store.js';
import { keyOf } from '../task-key.js';
import type { Sight } from './ending.js';

/** Who is to be rung without having asked for it asks after all when this is over: whoever ran the task may not know of that. */
const RING_WITHIN_MS = 250;
const FIRST_POLL_MS = 1_000;
/** By then all there is of a task has been looked at. */
export const SEEN_WITHIN_MS = RING_WITHIN_MS + FIRST_POLL_MS;
/** Before each poll; the last one is repeated. */
const POLLS_MS = [FIRST_POLL_MS, 2_000, 4_000, 8_000, 15_000];

/** Somebody waits for the end of a task. */
export interface Wait {
  readonly awaited: AwaitedTask;
  readonly timeoutMs: number;
  /** On performance.now's clock. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** A task whose end somebody waits for, and what was seen of it last. All who wait for it share its looks. */
export class AwaitedTask {
  waits: Wait[] = [];
  sight: Sight | undefined;
  /** Why the last look failed. */
  trouble: unknown;
  /** A look that is asked for while one is under way comes after it: what that one sees may be older than the news. */
  look: 'none' | 'queued' | 'under way' | 'under way, one more' = 'none';
  /** Whether the next look is to see all there is; else its record is enough, which tells of every end that somebody was rung for. */
  wantsAll = false;
  /** When it is looked at again though nobody rings, on performance.now's clock. */
  pollAt = Infinity;
  private polls = 0;

  constructor(
    readonly task: TaskKey,
    /** Whether it is known to have been in the stream: where it is not there any more, it has ended. */
    public wasThere: boolean,
  ) {}

  add(wait: Wait): void {
    // Of most tasks there is one, and V8 makes an empty list that is pushed to long enough for seventeen.
    if (this.waits.length === 0) this.waits = [wait];
    else this.waits.push(wait);
  }

  get key(): string {
    return keyOf(this.task);
  }

  /** When something is to be done about it, on performance.now's clock. */
  get dueAt(): number {
    if (this.waits.length === 0) return Infinity;
    let earliest = this.pollAt;
    for (const { deadline } of this.waits) if (deadline < earliest) earliest = deadline;
    return earliest;
  }

  get lastDeadline(): number {
    return Math.max(...this.waits.map(({ deadline }) => deadline));
  }

  /** Its entry says who waits for it: its end is rung. */
  expectRing(): void {
    this.pollIn(RING_WITHIN_MS);
  }

  pollLater(): void {
    this.pollIn(POLLS_MS[Math.min(this.polls++, POLLS_MS.length - 1)]!);
  }

  /** A ring that did not come in time is a reason to ask for one, not to look at all there is. */
  get pollsFor(): 'all' | 'record' {
    return this.polls === 0 ? 'record' : 'all';
  }

  /** With jitter, so that what began together does not stay so. */
  private pollIn(inMs: number): void {
    this.pollAt = performance.now() + inMs * (0.75 + Math.random() / 4);
  }
}
