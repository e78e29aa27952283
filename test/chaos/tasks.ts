import { between, oneOf, type Random } from './random.js';

/** How a task behaves when it is handled; chosen by its payload, so that every run of it behaves alike. */
export type TaskKind =
  | 'ok' // ends within milliseconds
  | 'long' // outlives its lease several renewals over
  | 'throw-once' // its first run fails
  | 'throw-always' // ends in the dead letter
  | 'reject-once' // its first run rejects with what is no Error, or an odd one
  | 'reject-always' // the same, until it ends in the dead letter
  | 'hang' // its first run goes on past timeoutMs and abortGraceMs
  | 'heed' // its first run goes on until its signal aborts
  | 'retry-later' // RetryLaterError until its time has come
  | 'unrecoverable' // UnrecoverableError
  | 'chat' // streams words, then returns them all
  | 'chat-throw-once' // the same; its first run fails halfway
  | 'chat-throw-always' // ends in the dead letter, after some words each time
  | 'poison'; // cannot be decoded: no run ever sees it

export type ChaosTask = {
  /** Unique in the run: tells which add an entry came from. */
  readonly n: number;
  readonly kind: TaskKind;
  readonly workMs: number;
  /** Wall-clock time before which `retry-later` is not ready. */
  readonly readyAt: number;
  readonly note: string | null;
};

/** Shares in a thousand; the rest is `ok`. */
const SHARES: readonly (readonly [TaskKind, number])[] = [
  ['throw-once', 15],
  ['reject-once', 10],
  ['retry-later', 10],
  ['throw-always', 4],
  ['reject-always', 4],
  ['unrecoverable', 5],
  ['long', 3],
  ['hang', 2],
  ['heed', 2],
  ['chat', 16],
  ['chat-throw-once', 6],
  ['chat-throw-always', 2],
];

/** Whether a task belongs to the stream whose handler writes while it runs. */
export function isChat(kind: TaskKind): boolean {
  return kind.startsWith('chat');
}

/** How long a retry is put off at most. */
export const LONGEST_RETRY_MS = 1_000;

/** The handler options that the tasks are made for. */
export function handlerTimes(leaseMs: number) {
  return {
    longMs: Math.round(leaseMs * 1.3),
    timeoutMs: Math.round(leaseMs * 1.6),
    abortGraceMs: 300,
    hangMs: Math.round(leaseMs * 1.6) + 300 + 500,
  };
}

export function makeTask(random: Random, n: number, leaseMs: number, nowMs: number): ChaosTask {
  const kind = chooseKind(random);
  const times = handlerTimes(leaseMs);
  const workMs = isChat(kind)
    ? between(random, 0, leaseMs / 2)
    : kind === 'long'
      ? times.longMs
      : kind === 'hang' || kind === 'heed'
        ? times.hangMs
        : random() * 20;
  const readyAt = kind === 'retry-later' ? nowMs + 500 + random() * 1_000 : 0;
  return { n, kind, workMs, readyAt, note: oneOf(random, [null, 'ü', 'plain', '']) };
}

function chooseKind(random: Random): TaskKind {
  let left = random() * 1_000;
  for (const [kind, share] of SHARES) {
    left -= share;
    if (left < 0) return kind;
  }
  return 'ok';
}
