import type { TaskInfo } from 'nestjs-redis-streams';
import type { Finding } from '../audit.js';
import type { FaultJournal } from '../fault-journal.js';
import { FAILOVERS } from '../fault-kinds.js';
import { type EntryRecord, isHandled, type Ledger } from '../ledger.js';
import { isChat, LONGEST_RETRY_MS } from '../tasks.js';
import type { TaskEnds } from './task-ends.js';
import type { Wait } from './wait.js';

/** What was told of the lives of tasks, compared with each other and with what `StreamTasks.get` says at the end. */
export interface LifeAudit {
  readonly counts: LifeCounts;
  /** Tasks that have not ended, or in a way that nothing justifies. */
  readonly badEnds: readonly Finding[];
  /** Tasks that ended in two ways. */
  readonly twoEnds: readonly Finding[];
  /** Runs that began after the task's deadline, or after somebody was told that it is cancelled. */
  readonly lateStarts: readonly Finding[];
  /** Waits that did not end, or not as their task did. */
  readonly badWaits: readonly Finding[];
  /** Watches that did not end, or told something else than what was written. */
  readonly badWatches: readonly Finding[];
}

export interface LifeCounts {
  readonly ends: Readonly<Record<string, number>>;
  readonly awaited: number;
  readonly waitTimeouts: number;
  readonly watched: number;
  readonly watchesResumed: number;
  readonly restartsSeen: number;
  /** Answers to cancels. */
  readonly cancelAnswers: Readonly<Record<string, number>>;
}

type Rules = { [Rule in Exclude<keyof LifeAudit, 'counts'>]: string[] };

/**
 * Redis and all processes share one clock here. Redis rounds its time down to milliseconds, a process rounds nothing and takes its time from
 * the host once, at its start: a slewed clock makes them differ by some hundredths of a second in the minutes of a run.
 */
export const CLOCKS_DIFFER_MS = 100;
/** Reports of the processes are a moment late. */
const REPORTED_WITHIN_MS = 1_000;

export function auditLives(
  ledger: Ledger,
  journal: FaultJournal,
  ends: TaskEnds,
  deadIds: ReadonlySet<string>,
): LifeAudit {
  const found = { badEnds: [], twoEnds: [], lateStarts: [], badWaits: [], badWatches: [] } as Record<
    keyof Rules,
    Finding[]
  >;
  for (const entry of ledger.accepted) {
    const broken = rulesBrokenBy(entry, ends.get(entry.id), deadIds.has(entry.id), mayHaveComeBack(entry, journal));
    for (const [rule, whats] of Object.entries(broken) as [keyof Rules, string[]][]) {
      found[rule].push(...whats.map((what) => ({ entry, what })));
    }
  }
  for (const wait of ledger.waits.values()) {
    // Those of known tasks were judged with them.
    if (wait.id !== undefined || wait.outcome?.kind === 'not added') continue;
    const entry = ledger.taskOf(wait.n) ?? nobodys(wait);
    const what = wait.endedAt === undefined ? `its ${wait.kind} has not ended` : `its ${wait.kind} ended with nothing`;
    found[wait.kind === 'watch' ? 'badWatches' : 'badWaits'].push({ entry, what });
  }
  return { counts: countLives(ledger, ends), ...found };
}

/** @param isExcused it may have come back after its end, so that another end is as good */
function rulesBrokenBy(entry: EntryRecord, info: TaskInfo | undefined, isDead: boolean, isExcused: boolean): Rules {
  const rules: Rules = { badEnds: [], twoEnds: [], lateStarts: [], badWaits: [], badWatches: [] };
  // Every other end has a record, which outlives its entry.
  const isTrimmed = info?.state === 'unknown' && info.trimmed && isHandled(entry);
  const state = isTrimmed ? 'completed' : info?.state;
  const unjustified = whyUnjustified(entry, state, isDead) ?? whyTooEarly(entry, info);
  if (unjustified) rules.badEnds.push(unjustified);
  rules.lateStarts.push(...lateStarts(entry, isExcused));
  if (!isExcused) rules.twoEnds.push(...otherEnds(entry, state));
  for (const wait of entry.waits) {
    const { kind, outcome } = wait;
    const what = outcome && problemOf(outcome, entry, state, isExcused);
    if (what) rules[kind === 'watch' ? 'badWatches' : 'badWaits'].push(`its ${kind} ${what}`);
  }
  return rules;
}

/** What its end lacks; undefined where it has ended as it may. */
function whyUnjustified(entry: EntryRecord, state: TaskInfo['state'] | undefined, isDead: boolean): string | undefined {
  switch (state) {
    case 'completed':
      return isHandled(entry) ? undefined : 'completed without a good run';
    case 'dead-lettered':
      return isDead ? undefined : 'dead-lettered without a dead letter';
    case 'cancelled':
      return entry.waits.some(({ kind }) => kind === 'cancel') ? undefined : 'cancelled though nobody asked for it';
    case 'expired':
      return entry.ttlMs === undefined ? 'expired without a deadline' : undefined;
    case 'delayed':
    case 'waiting':
    case 'running':
    case 'retry-scheduled':
    case 'finished':
    case 'unknown':
    case undefined:
      return `has not ended: it is ${state ?? 'not told'}`;
  }
}

function whyTooEarly(entry: EntryRecord, info: TaskInfo | undefined): string | undefined {
  if (info?.state !== 'expired' || !info.endedAt) return undefined;
  const early = deadlineOf(entry) - info.endedAt.getTime();
  // A retry that would come after the deadline is none: it ends at once.
  const mayBe = entry.runs.some(({ outcome }) => outcome === 'failed') ? LONGEST_RETRY_MS : 0;
  return early > CLOCKS_DIFFER_MS + mayBe ? `expired ${early} ms before its deadline` : undefined;
}

function lateStarts(entry: EntryRecord, isExcused: boolean): string[] {
  const late: string[] = [];
  const cancelledAt = entry.ends.find(({ by }) => by === 'cancel')?.at ?? Infinity;
  const deadlineAt = deadlineOf(entry);
  for (const { worker, startedAt } of entry.runs) {
    const beyond = Math.round(startedAt - deadlineAt);
    if (beyond > CLOCKS_DIFFER_MS) late.push(`${worker} began it ${beyond} ms after its deadline`);
    if (startedAt > cancelledAt && !isExcused) late.push(`${worker} began it when it was cancelled`);
  }
  return late;
}

/** All that was told of its end, where that is not one end. */
function otherEnds({ ends, waits }: EntryRecord, state: TaskInfo['state'] | undefined): string[] {
  const others = ends.filter((end) => end.state !== state).map(({ by, state: told }) => `${told}, as ${by} says`);
  for (const { kind, outcome } of waits) {
    if (kind !== 'cancel' || outcome?.kind !== 'answered') continue;
    const answer = outcome.outcome;
    // Nothing that fails after that has failed.
    const contradicts =
      (answer === 'requested' && state === 'dead-lettered') ||
      (answer === 'finished' && state === 'cancelled') ||
      answer === 'unknown';
    if (contradicts) others.push(`its cancel was told '${answer}'`);
  }
  return others.map((other) => `${state}, and ${other}`);
}

function problemOf(
  outcome: NonNullable<Wait['outcome']>,
  entry: EntryRecord,
  state: TaskInfo['state'] | undefined,
  isExcused: boolean,
): string | undefined {
  const isOfGoodRun = (text: string) => entry.runs.some((run) => run.outcome === 'ok' && run.text === text);
  switch (outcome.kind) {
    case 'error':
      return `ended with ${outcome.error}`;
    case 'failed':
      return outcome.state === state || isExcused ? undefined : `ended as ${outcome.state}, and it is ${state}`;
    case 'result': {
      if (outcome.text !== undefined)
        return isOfGoodRun(outcome.text) ? undefined : `got '${outcome.text}', of no good run`;
      if (state !== 'completed' && !isExcused) return `ended well, and it is ${state}`;
      return keepsResult(entry) && !isExcused ? 'got no result' : undefined;
    }
    case 'watched': {
      const { end, problem, answer, text } = outcome;
      if (end === undefined) return 'completed without an end';
      if (isExcused) return undefined;
      if (problem) return `was told ${problem}`;
      if (end !== state) return `ended as ${end}, and it is ${state}`;
      if (!keepsResult(entry) || end !== 'completed') return undefined;
      if (answer === undefined || !isOfGoodRun(answer)) return `ended with the result '${answer}', of no good run`;
      return text === answer ? undefined : `was told '${text}', and the handler wrote '${answer}'`;
    }
    case 'answered':
    case 'not added':
      return undefined;
  }
}

function keepsResult({ kind, waits }: EntryRecord): boolean {
  return (kind !== undefined && isChat(kind)) || waits.some((wait) => wait.kind === 'run');
}

/** By Redis's clock: milliseconds of the entry's id are when it was added. */
function deadlineOf({ id, ttlMs }: EntryRecord): number {
  return ttlMs === undefined ? Infinity : Number.parseInt(id, 10) + ttlMs;
}

/** Whether the group was lost, or a replica took over, while anything happened with it: either may bring a task back that had ended. */
function mayHaveComeBack({ id, runs, ends, waits }: EntryRecord, journal: FaultJournal): boolean {
  const from = Number.parseInt(id, 10);
  const signs = [
    ...runs.flatMap(({ startedAt, endedAt = startedAt }) => [startedAt, endedAt]),
    ...ends.map(({ at }) => at),
    ...waits.map(({ endedAt = 0 }) => endedAt),
  ];
  return journal
    .during(from - REPORTED_WITHIN_MS, Math.max(from, ...signs) + REPORTED_WITHIN_MS)
    .some(({ kind }) => kind === 'group-destroy' || FAILOVERS.has(kind));
}

function nobodys({ n, kind }: Wait): EntryRecord {
  return { id: `task ${n}, waited for by ${kind}`, runs: [], deadLetteredAt: [], ends: [], waits: [], notes: [] };
}

function countLives(ledger: Ledger, ends: TaskEnds): LifeCounts {
  const counts = { awaited: 0, waitTimeouts: 0, watched: 0, watchesResumed: 0, restartsSeen: 0 };
  const cancelAnswers: Record<string, number> = {};
  for (const { outcome } of ledger.waits.values()) {
    switch (outcome?.kind) {
      case 'result':
      case 'failed':
        counts.awaited++;
        counts.waitTimeouts += outcome.timeouts;
        break;
      case 'watched':
        counts.watched++;
        counts.watchesResumed += outcome.resumed;
        counts.restartsSeen += outcome.restarts;
        break;
      case 'answered':
        cancelAnswers[outcome.outcome] = (cancelAnswers[outcome.outcome] ?? 0) + 1;
        break;
      case 'not added':
      case 'error':
      case undefined:
        break;
    }
  }
  const byState: Record<string, number> = {};
  for (const info of ends.values()) {
    const state = info.state === 'unknown' && info.trimmed ? 'trimmed' : info.state;
    byState[state] = (byState[state] ?? 0) + 1;
  }
  return { ends: byState, ...counts, cancelAnswers };
}
