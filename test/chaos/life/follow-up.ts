import { between, type Random } from '../random.js';
import { isChat, type TaskKind } from '../tasks.js';

/** What a producer does about a task beside adding it. */
export interface FollowUp {
  readonly awaits?: 'run' | 'result';
  readonly watches?: boolean;
  /** When it cancels, since the task was accepted. */
  readonly cancelAfterMs?: number;
  readonly ttlMs?: number;
}

/** Shares in a hundred. */
interface Shares {
  readonly run: number;
  readonly result: number;
  readonly watch: number;
  readonly cancel: number;
  readonly ttl: number;
}

const OF_PLAIN: Shares = { run: 4, result: 2, watch: 0.5, cancel: 1, ttl: 1 };
/** These are there long enough to be met while they run, or wait for a retry. */
const OF_SLOW: Shares = { ...OF_PLAIN, cancel: 25, ttl: 15 };
const OF_CHATS: Shares = { run: 20, result: 30, watch: 60, cancel: 20, ttl: 15 };

const SLOW: ReadonlySet<TaskKind> = new Set<TaskKind>([
  'long',
  'hang',
  'heed',
  'retry-later',
  'throw-always',
  'throw-once',
]);

export function chooseFollowUp(random: Random, kind: TaskKind): FollowUp {
  const shares = isChat(kind) ? OF_CHATS : SLOW.has(kind) ? OF_SLOW : OF_PLAIN;
  const happens = (share: number) => random() * 100 < share;
  const isRun = happens(shares.run);
  return {
    awaits: isRun ? 'run' : happens(shares.result) ? 'result' : undefined,
    // Who runs a task learns its id too late.
    watches: !isRun && happens(shares.watch),
    cancelAfterMs: !isRun && happens(shares.cancel) ? between(random, 0, 1.5) ** 3 * 1_000 : undefined,
    ttlMs: happens(shares.ttl) ? Math.ceil(between(random, 0, 1.5) ** 3 * 1_000) + 1 : undefined,
  };
}
