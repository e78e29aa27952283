import type { FaultJournal } from './fault-journal.js';
import type { FinalState } from './final-state.js';
import { type EntryRecord, isHandled, type Ledger, type Run } from './ledger.js';
import type { TaskEnds } from './life/task-ends.js';
import { auditLives, type LifeAudit } from './life/life-audit.js';
import { type Repeat, type RepeatReason, repeatsOf } from './repeats.js';

/** Entries that have a fault, and which. */
export interface Finding {
  readonly entry: EntryRecord;
  readonly what: string;
}

/** The books compared with what Redis holds. */
export interface Audit {
  readonly accepted: number;
  readonly handled: number;
  /** Runs that were no deliberate retries. */
  readonly handledAgain: Readonly<Record<RepeatReason, number>>;
  /** Entries with more than one run that came to its good end. */
  readonly handledTwice: number;
  readonly lost: readonly Finding[];
  readonly stuck: readonly Finding[];
  /** Repeats that nothing explains. */
  readonly unexplained: readonly Finding[];
  /** Entries that ran twice at once in one process. */
  readonly overlapping: readonly Finding[];
  /** Dead-lettered twice though the group was never lost in between. */
  readonly deadTwice: readonly Finding[];
  /** Dead-lettered for their number of deliveries, with fewer runs than that, though the group was never lost. */
  readonly deadTooEarly: readonly Finding[];
  readonly deadLettered: Readonly<Record<string, number>>;
  /** Adds that are in the stream more than once, or though they were refused. */
  readonly badAdds: readonly string[];
  /** Longest time from the accepting of an entry to its first run, or its dead letter. */
  readonly worstStartDelay: { readonly ms: number; readonly entryId: string } | undefined;
  readonly lives: LifeAudit;
}

const EVERY_DELIVERY_RUNS = 'max-deliveries';

/** What is known of a stream when all is over. */
export interface Books {
  readonly ledger: Ledger;
  readonly state: FinalState;
  readonly ends: TaskEnds;
}

export function audit({ ledger, state, ends }: Books, journal: FaultJournal, givenUpAfterMs: number): Audit {
  const { accepted } = ledger;
  const deadIds = new Set(state.deadLetters.map(({ entryId }) => entryId));
  const handledAgain = { crash: 0, leaseLost: 0, groupLost: 0, redisRestart: 0, failover: 0, other: 0 };
  const found = { lost: [], stuck: [], unexplained: [], overlapping: [] } as Record<
    'lost' | 'stuck' | 'unexplained' | 'overlapping',
    Finding[]
  >;
  let worstStartDelay: Audit['worstStartDelay'];
  for (const entry of accepted) {
    const { id } = entry;
    const left = state.pending.get(id) ?? (state.waiting.has(id) ? 'waiting' : undefined);
    if (left) found.stuck.push({ entry, what: left });
    else if (!isHandled(entry) && !deadIds.has(id) && !endsUnhandled(ends.get(id)?.state)) {
      found.lost.push({ entry, what: state.entries.has(id) ? 'settled without a good run' : 'not in the stream' });
    }
    for (const repeat of repeatsOf(entry, journal, givenUpAfterMs)) {
      handledAgain[repeat.reason]++;
      if (repeat.reason === 'other') found.unexplained.push({ entry, what: describeRepeat(repeat) });
    }
    if (runsTwiceAtOnce(entry.runs)) found.overlapping.push({ entry, what: 'two runs at once in one process' });
    const ms = startDelayMs(entry);
    if (ms > (worstStartDelay?.ms ?? 0)) worstStartDelay = { ms, entryId: id };
  }
  return {
    accepted: accepted.length,
    handled: accepted.filter(isHandled).length,
    handledAgain,
    handledTwice: accepted.filter(({ runs }) => runs.filter(({ outcome }) => outcome === 'ok').length > 1).length,
    ...found,
    ...auditDeadLetters(ledger, journal, state),
    badAdds: badAdds(ledger, state),
    worstStartDelay,
    lives: auditLives(ledger, journal, ends, deadIds),
  };
}

/** Whether a task may end so that no handler has done it. */
function endsUnhandled(state: string | undefined): boolean {
  return state === 'cancelled' || state === 'expired';
}

function auditDeadLetters(ledger: Ledger, journal: FaultJournal, { deadLetters }: FinalState) {
  const deadTwice: Finding[] = [];
  const deadTooEarly: Finding[] = [];
  const deadLettered: Record<string, number> = {};
  const lastAt = new Map<string, number>();
  const groupLost = (from: number, to: number) => journal.during(from, to).some(({ kind }) => kind === 'group-destroy');
  for (const { entryId, reason, deliveries, at } of deadLetters) {
    deadLettered[reason] = (deadLettered[reason] ?? 0) + 1;
    const entry = ledger.entries.get(entryId);
    if (!entry) continue;
    const before = lastAt.get(entryId);
    lastAt.set(entryId, at);
    if (before !== undefined && !groupLost(before - 1_000, at))
      deadTwice.push({ entry, what: `first ${at - before} ms before` });
    const runs = entry.runs.filter(({ startedAt }) => startedAt <= at + 1).length;
    const counted = runs + deliveriesNeverBegun(entry);
    if (reason === EVERY_DELIVERY_RUNS && counted < Math.min(deliveries, 5) && !groupLost(0, at)) {
      deadTooEarly.push({ entry, what: `${runs} runs, though it counted ${deliveries} deliveries` });
    }
  }
  return { deadTwice, deadTooEarly, deadLettered };
}

/** Deliveries whose worker died after it had claimed the entry, and before it began: taken over, and never run. */
function deliveriesNeverBegun({ notes, runs }: EntryRecord): number {
  return notes.filter(({ text }) => {
    const [, count] = /took over entry .*; this is delivery (\d+)/.exec(text) ?? [];
    return count !== undefined && !runs.some(({ deliveryCount }) => deliveryCount === Number(count) - 1);
  }).length;
}

function badAdds(ledger: Ledger, { entries }: FinalState): string[] {
  const bad: string[] = [];
  const idOf = new Map<number, string>();
  for (const [id, n] of entries) {
    if (n === undefined) continue;
    const other = idOf.get(n);
    if (other) bad.push(`task ${n} is in the stream twice, as ${other} and ${id}`);
    idOf.set(n, id);
    const refused = ledger.refused.get(n);
    if (refused) bad.push(`task ${n} is in the stream as ${id}, though it was refused: ${refused}`);
    const isKnown = ledger.entries.get(id)?.acceptedAt !== undefined;
    if (!isKnown && !refused && !ledger.unknown.has(n) && !ledger.unreplicated.has(n))
      bad.push(`task ${n} (${id}) is in the stream; its add had no outcome`);
  }
  return bad;
}

function runsTwiceAtOnce(runs: readonly Run[]): boolean {
  return runs.some((run, index) =>
    runs.slice(index + 1).some((next) => next.worker === run.worker && next.startedAt < (run.endedAt ?? Infinity)),
  );
}

function startDelayMs({ acceptedAt, runs, deadLetteredAt }: EntryRecord): number {
  const first = Math.min(...runs.map(({ startedAt }) => startedAt), ...deadLetteredAt);
  return Number.isFinite(first) ? Math.round(first - acceptedAt!) : 0;
}

function describeRepeat({ run, after }: Repeat): string {
  const gap = Math.round(run.startedAt - (after.endedAt ?? after.startedAt));
  const state = after.endedAt === undefined ? 'starting' : 'ending';
  return `${run.worker} ran it (delivery ${run.deliveryCount}) ${gap} ms after its ${state} in ${after.worker}`;
}
