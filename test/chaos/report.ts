import type { Audit, Finding } from './audit.js';
import type { ChaosOptions } from './chaos-options.js';
import type { DrainResult } from './drain.js';
import { type EntryRecord, historyOf } from './ledger.js';
import type { RecoveryTimes } from './recovery-times.js';
import { SILENT_AT_MOST_MS, type Silence, type WorkerSilence } from './silence.js';
import type { System } from './system.js';
import type { Finding as TrafficFinding } from './traffic/audit/evidence.js';
import type { TrafficKind } from './traffic/kinds.js';

/** So many entries of each broken promise have their history told. */
const MOST_HISTORIES = 5;

export interface Report {
  /** For the one line of JSON. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** What was promised and not kept, each with what shows it. */
  readonly broken: readonly BrokenPromise[];
}

export interface BrokenPromise {
  readonly promise: string;
  readonly evidence: readonly string[];
}

export interface ReportParts {
  readonly options: ChaosOptions;
  readonly system: System;
  readonly audit: Audit;
  readonly traffic: ReadonlyMap<TrafficKind, TrafficFinding>;
  readonly recovery: RecoveryTimes;
  readonly silences: { readonly workers: readonly WorkerSilence[]; readonly adds: Silence };
  readonly drained: DrainResult;
  /** When the run began. */
  readonly zero: number;
}

export function makeReport({
  options,
  system,
  audit,
  traffic,
  recovery,
  silences,
  drained,
  zero,
}: ReportParts): Report {
  const { isCluster, seed, runMs, workers, leaseMs } = options;
  const again = Object.values(audit.handledAgain).reduce((sum, count) => sum + count, 0);
  const percent = (count: number) => Number(((100 * count) / Math.max(1, audit.accepted)).toFixed(3));
  const { lives } = audit;
  const { counts } = lives;
  const figures = {
    topology: isCluster ? 'cluster' : 'single server',
    seed,
    seconds: runMs / 1_000,
    workers,
    leaseMs,
    accepted: audit.accepted,
    unknownAdds: system.ledger.unknown.size + system.chats.unknown.size,
    unreplicatedAdds: system.ledger.unreplicated.size + system.chats.unreplicated.size,
    refusedAdds: system.ledger.refused.size + system.chats.refused.size,
    handled: audit.handled,
    handledAgain: audit.handledAgain,
    handledAgainPercent: percent(again),
    handledAgainPercentWithoutGroupLost: percent(again - audit.handledAgain.groupLost),
    handledTwice: audit.handledTwice,
    lost: audit.lost.length,
    stuck: audit.stuck.length,
    deadLettered: audit.deadLettered,
    deadLetteredTwice: audit.deadTwice.length,
    deadLetteredTooEarly: audit.deadTooEarly.length,
    overlappingRuns: audit.overlapping.length,
    badAdds: audit.badAdds.length,
    ...{ ends: counts.ends, cancelled: counts.ends.cancelled ?? 0, expired: counts.ends.expired ?? 0 },
    ...{ awaited: counts.awaited, waitsBegunAgain: counts.waitTimeouts },
    ...{ watched: counts.watched, watchesResumed: counts.watchesResumed, restartsSeen: counts.restartsSeen },
    cancelAnswers: counts.cancelAnswers,
    ...{ badEnds: lives.badEnds.length, twoEnds: lives.twoEnds.length, lateStarts: lives.lateStarts.length },
    ...{ badWaits: lives.badWaits.length, badWatches: lives.badWatches.length },
    ...Object.fromEntries([...traffic].map(([kind, { figures: ofKind }]) => [kind, ofKind])),
    unhandledRejections: system.escaped.length,
    unexpectedEnds: system.unexpectedEnds.length,
    failedStarts: system.failedStarts,
    overdueShutdowns: system.overdueShutdowns.length,
    wedgedWorkers: drained.wedged.length,
    unhealthyWorkers: drained.unhealthy.length,
    connectionsLeaked: drained.leaked.length,
    worstRecoveryMs: recovery.worst,
    worstUndisturbedRecoveryMs: recovery.worstUndisturbed,
    worstRecoveryOfAllWorkersMs: recovery.worstOfAllWorkers,
    worstSilenceMs: Math.max(...silences.workers.map(({ ms }) => ms)),
    worstSilenceOfAddsMs: silences.adds.ms,
    worstStartDelayMs: audit.worstStartDelay?.ms ?? 0,
    worstShutdownMs: system.worstShutdownMs,
    drainMs: drained.drainMs,
    faults: system.journal.countByKind(),
  };
  const entries = (findings: readonly Finding[]) => tell(findings, zero);
  const promises: BrokenPromise[] = [
    { promise: 'nothing accepted is lost', evidence: entries(audit.lost) },
    { promise: 'nothing is stuck', evidence: entries(audit.stuck) },
    { promise: 'nothing runs again without a reason', evidence: entries(audit.unexplained) },
    { promise: 'one process never runs an entry twice at once', evidence: entries(audit.overlapping) },
    { promise: 'each task ends, in a way that somebody brought about', evidence: entries(lives.badEnds) },
    { promise: 'each task has exactly one end', evidence: entries(lives.twoEnds) },
    { promise: 'what is cancelled or too late is not begun', evidence: entries(lives.lateStarts) },
    { promise: 'each wait ends as its task did', evidence: entries(lives.badWaits) },
    { promise: 'a watch tells what was written, then the end', evidence: entries(lives.badWatches) },
    { promise: 'an entry is dead-lettered once', evidence: entries(audit.deadTwice) },
    { promise: 'maxDeliveries counts started runs', evidence: entries(audit.deadTooEarly) },
    { promise: 'an add is never sent twice, and a refused one never written', evidence: audit.badAdds },
    ...[...traffic.values()].flatMap(({ broken }) =>
      Object.entries(broken).map(([promise, evidence]) => ({ promise, evidence })),
    ),
    { promise: 'no error escapes', evidence: system.escaped },
    { promise: 'a worker ends only when it is told to', evidence: system.unexpectedEnds },
    { promise: 'a shutdown ends in time', evidence: system.overdueShutdowns },
    { promise: 'a loop heals by itself', evidence: drained.wedged },
    {
      promise: `no worker stays silent for longer than ${SILENT_AT_MOST_MS / 1_000} s while all is whole`,
      evidence: tellSilences(silences.workers, zero),
    },
    {
      promise: `adds succeed within ${SILENT_AT_MOST_MS / 1_000} s while all is whole`,
      evidence: silences.adds.ms > SILENT_AT_MOST_MS ? [`none was accepted for ${describe(silences.adds, zero)}`] : [],
    },
    { promise: 'health is up when all is well', evidence: drained.unhealthy },
    { promise: 'connections are closed', evidence: drained.leaked },
  ];
  return { figures, broken: promises.filter(({ evidence }) => evidence.length > 0) };
}

function tellSilences(silences: readonly WorkerSilence[], zero: number): string[] {
  return silences
    .filter(({ ms }) => ms > SILENT_AT_MOST_MS)
    .map((silence) => `${silence.worker} started nothing for ${describe(silence, zero)}`);
}

function describe({ ms, until }: Silence, zero: number): string {
  const end = Number.isFinite(until) ? `until ${Math.round(until - zero)} ms` : 'to the end';
  return `${ms} ms, ${end}`;
}

/** What is wrong with entries; of the first ones with their histories. */
function tell(findings: readonly Finding[], zero: number): string[] {
  const told = new Set<EntryRecord>();
  return findings.flatMap(({ entry, what }) => {
    const line = `${entry.id} (${entry.kind}): ${what}`;
    if (told.has(entry) || told.size === MOST_HISTORIES) return [line];
    told.add(entry);
    return [line, ...historyOf(entry, zero).map((event) => `    ${event}`)];
  });
}
