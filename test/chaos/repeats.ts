import type { FaultJournal } from './fault-journal.js';
import { FAILOVERS, RESTARTS, SHARED_FAULTS } from './fault-kinds.js';
import type { EntryRecord, Run } from './ledger.js';

/** Why an entry ran again though nobody had asked for a retry. */
export type RepeatReason =
  | 'crash' // its worker was killed
  | 'leaseLost' // its worker was frozen or cut off for longer than its lease
  | 'groupLost' // the group was destroyed and created again
  | 'redisRestart' // Redis was killed before the run was settled
  | 'failover' // a replica took over, which may lack the settlement
  | 'other'; // nothing explains it

export interface Repeat {
  readonly run: Run;
  /** The run before it that should have been the last. */
  readonly after: Run;
  readonly reason: RepeatReason;
}

/** How long a settlement takes at most while nothing is broken. */
const SETTLED_WITHIN_MS = 1_000;

/** Runs of an entry that are no deliberate retries. `givenUpAfterMs`: when a run that goes on counts as failed. */
export function repeatsOf(entry: EntryRecord, journal: FaultJournal, givenUpAfterMs: number): Repeat[] {
  const repeats: Repeat[] = [];
  /** The runs before this one; a repeat begins them anew, as the retries that follow it are deliberate again. */
  let earlier: Run[] = [];
  for (const run of entry.runs.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const [first, last] = [earlier[0], earlier.at(-1)];
    const dead = first && entry.deadLetteredAt.some((at) => at > first.startedAt && at < run.startedAt);
    const succeeded = earlier.findLast(({ outcome, endedAt }) => outcome === 'ok' && endedAt! <= run.startedAt);
    if (last && (dead || succeeded || !hadFailed(last, run.startedAt, journal, givenUpAfterMs))) {
      const after = dead ? last : (succeeded ?? last);
      repeats.push({ run, after, reason: reasonOf(after, run, journal) });
      earlier = [];
    }
    earlier.push(run);
  }
  return repeats;
}

/** Whether a run had failed, or been given up or handed back, by the time the next one started. */
function hadFailed(run: Run, at: number, journal: FaultJournal, givenUpAfterMs: number): boolean {
  if (run.outcome === 'failed' && run.endedAt! <= at) return true;
  if (run.startedAt + givenUpAfterMs <= at && (run.endedAt ?? Infinity) - run.startedAt >= givenUpAfterMs) return true;
  const death = journal.deaths.get(run.worker);
  return run.endedAt === undefined && death?.how === 'terminated' && death.at <= at + SETTLED_WITHIN_MS;
}

function reasonOf(after: Run, run: Run, journal: FaultJournal): RepeatReason {
  // The processes' reports are a moment late, and a destroyed group comes back within milliseconds.
  const meanwhile = journal.during(after.startedAt - SETTLED_WITHIN_MS, run.startedAt);
  if (meanwhile.some(({ kind }) => kind === 'group-destroy')) return 'groupLost';
  const unsettledUntil = Math.min(run.startedAt, latestSettlement(after, journal));
  const death = journal.deaths.get(after.worker);
  if (death && death.how !== 'terminated' && death.at <= unsettledUntil) return 'crash';
  const unsettled = journal.during(after.startedAt, unsettledUntil);
  if (unsettled.some(({ kind }) => RESTARTS.has(kind))) return 'redisRestart';
  if (unsettled.some(({ kind }) => FAILOVERS.has(kind))) return 'failover';
  if (unsettled.some(({ worker }) => worker === after.worker)) return 'leaseLost';
  // The late one may be the worker that was frozen: what it had read before, others have done meanwhile.
  const late = journal.during(run.startedAt - SETTLED_WITHIN_MS, run.startedAt);
  if (late.some(({ worker }) => worker === run.worker)) return 'leaseLost';
  return 'other';
}

/** When a run must have been settled: soon after its end, or after the end of what kept it from that. */
function latestSettlement(run: Run, journal: FaultJournal): number {
  if (run.endedAt === undefined) return Infinity;
  let latest = run.endedAt + SETTLED_WITHIN_MS;
  for (const fault of journal.faults) {
    const strikes = SHARED_FAULTS.has(fault.kind) || fault.worker === run.worker;
    const end = fault.endedAt ?? Infinity;
    if (strikes && fault.startedAt <= latest && end >= run.endedAt) latest = Math.max(latest, end + SETTLED_WITHIN_MS);
  }
  return latest;
}
