import type { FaultJournal, FaultRecord } from './fault-journal.js';
import { type FaultKind, PRODUCER_FAULTS, SHARED_FAULTS } from './fault-kinds.js';
import type { Ledger, Run } from './ledger.js';

type ByKind = Partial<Record<FaultKind, number>>;

/** The worst times, in milliseconds, by kind of fault. */
export interface RecoveryTimes {
  /** From the fault's end to the end of the next good run, by anyone; for worker-kill to the take-over of its last entry. */
  readonly worst: ByKind;
  /** The same where no other fault got in between. */
  readonly worstUndisturbed: ByKind;
  /** From the fault's end until the last of the workers it struck has started a run; undisturbed ones only. */
  readonly worstOfAllWorkers: ByKind;
}

/** A worker's processes and when each was ready. */
export type ReadyTimes = ReadonlyMap<string, number>;

export function recoveryTimes(ledger: Ledger, journal: FaultJournal, readyAt: ReadyTimes): RecoveryTimes {
  const times = { worst: {} as ByKind, worstUndisturbed: {} as ByKind, worstOfAllWorkers: {} as ByKind };
  const runs = [...ledger.entries.values()].flatMap((entry) => entry.runs).toSorted(byStart);
  for (const fault of journal.faults) {
    if (fault.endedAt === undefined || fault.kind === 'poison' || PRODUCER_FAULTS.has(fault.kind)) continue;
    const recoveredAt = fault.kind === 'worker-kill' ? takenOverAt(fault, ledger) : nextGoodRun(fault, runs);
    if (recoveredAt !== undefined) {
      raise(times.worst, fault.kind, recoveredAt - fault.endedAt);
      if (!isDisturbed(fault, recoveredAt, journal)) {
        raise(times.worstUndisturbed, fault.kind, recoveredAt - fault.endedAt);
      }
    }
    for (const worker of struck(fault, journal, readyAt)) {
      const resumedAt = runs.find((run) => run.worker === worker && run.startedAt >= fault.endedAt!)?.startedAt;
      if (resumedAt === undefined || isDisturbed(fault, resumedAt, journal)) continue;
      if (journal.during(fault.startedAt, resumedAt).some((other) => other !== fault && other.worker === worker))
        continue;
      raise(times.worstOfAllWorkers, fault.kind, resumedAt - fault.endedAt);
    }
  }
  return times;
}

function nextGoodRun(fault: FaultRecord, runs: readonly Run[]): number | undefined {
  const good = runs.filter(({ startedAt, outcome }) => startedAt >= fault.endedAt! && outcome === 'ok');
  return good.length === 0 ? undefined : Math.min(...good.slice(0, 200).map(({ endedAt }) => endedAt!));
}

/** When the last entry that ran in a killed worker had its next run, or went to the dead letter. */
function takenOverAt(kill: FaultRecord, ledger: Ledger): number | undefined {
  let last: number | undefined;
  for (const id of kill.held ?? []) {
    const entry = ledger.entries.get(id);
    if (!entry) continue;
    const next = [...entry.runs.map(({ startedAt }) => startedAt), ...entry.deadLetteredAt]
      .filter((at) => at > kill.endedAt!)
      .toSorted((a, b) => a - b)[0];
    if (next !== undefined) last = Math.max(last ?? 0, next);
  }
  return last;
}

function struck(fault: FaultRecord, journal: FaultJournal, readyAt: ReadyTimes): string[] {
  if (!SHARED_FAULTS.has(fault.kind)) return fault.worker ? [fault.worker] : [];
  return [...readyAt.keys()].filter(
    (worker) =>
      readyAt.get(worker)! <= fault.startedAt && !((journal.deaths.get(worker)?.at ?? Infinity) <= fault.endedAt!),
  );
}

function isDisturbed(fault: FaultRecord, until: number, journal: FaultJournal): boolean {
  return journal
    .during(fault.startedAt, until)
    .some((other) => other !== fault && (SHARED_FAULTS.has(other.kind) || other.target === fault.target));
}

function raise(worst: ByKind, kind: FaultKind, ms: number): void {
  worst[kind] = Math.max(worst[kind] ?? 0, Math.round(ms));
}

function byStart(a: Run, b: Run): number {
  return a.startedAt - b.startedAt;
}
