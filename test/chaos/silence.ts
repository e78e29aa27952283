import type { FaultJournal } from './fault-journal.js';
import { PRODUCER_FAULTS, SHARED_FAULTS } from './fault-kinds.js';
import type { Ledger } from './ledger.js';
import type { ReadyTimes } from './recovery-times.js';

/** How long a worker may start nothing while all is whole and there is work, and how long no add may succeed. */
export const SILENT_AT_MOST_MS = 10_000;

/** A time without any sign of what is expected, what was broken meanwhile not counted. */
export interface Silence {
  readonly ms: number;
  /** When it ended, on the clock of the run. */
  readonly until: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Without an add for so long there may be nothing to do. */
const NO_WORK_AFTER_MS = 1_000;

export interface WorkerSilence extends Silence {
  readonly worker: string;
}

/** The longest silence of each worker process, which a later fault does not begin anew: only a started run ends it. */
export function workerSilences(ledger: Ledger, journal: FaultJournal, readyAt: ReadyTimes): WorkerSilence[] {
  const withoutWork = spansWithoutAdds(ledger);
  const starts = startsByWorker(ledger);
  return [...readyAt].map(([worker, ready]) => {
    const excused = [...withoutWork, ...brokenSpans(worker, journal)].toSorted((a, b) => a.from - b.from);
    const end = journal.deaths.get(worker)?.at ?? Infinity;
    const signs = (starts.get(worker) ?? []).toSorted((a, b) => a - b);
    return { worker, ...longestSilence([ready, ...signs, end], excused) };
  });
}

/** The longest time in which no add was accepted, from the first one until the producers were told to end. */
export function silenceOfAdds({ accepted }: Ledger, journal: FaultJournal, addedUntil: number): Silence {
  const signs = accepted.map(({ acceptedAt }) => acceptedAt!).toSorted((a, b) => a - b);
  return longestSilence([...signs, addedUntil], brokenSpans(undefined, journal));
}

function longestSilence(signs: readonly number[], excused: readonly Span[]): Silence {
  let longest: Silence = { ms: 0, until: signs[0]! };
  for (const [n, until] of signs.slice(1).entries()) {
    const ms = Math.round(timeOutside(excused, { from: signs[n]!, to: until }));
    if (ms > longest.ms) longest = { ms, until };
  }
  return longest;
}

function spansWithoutAdds({ accepted }: Ledger): Span[] {
  const spans: Span[] = [];
  let from = -Infinity;
  for (const to of [...accepted.map(({ acceptedAt }) => acceptedAt!).toSorted((a, b) => a - b), Infinity]) {
    if (to - from > NO_WORK_AFTER_MS) spans.push({ from, to });
    from = to;
  }
  return spans;
}

/** When something was broken for all, or for this worker, or for a producer where none is named, in the order of their beginnings. */
function brokenSpans(worker: string | undefined, journal: FaultJournal): Span[] {
  return journal.faults
    .filter(({ kind, worker: struck }) => {
      if (SHARED_FAULTS.has(kind)) return true;
      return worker === undefined ? PRODUCER_FAULTS.has(kind) : struck === worker;
    })
    .map(({ startedAt, endedAt }) => ({ from: startedAt, to: endedAt ?? Infinity }))
    .toSorted((a, b) => a.from - b.from);
}

function startsByWorker({ entries }: Ledger): Map<string, number[]> {
  const starts = new Map<string, number[]>();
  for (const { runs } of entries.values()) {
    for (const { worker, startedAt } of runs) {
      const known = starts.get(worker);
      if (known) known.push(startedAt);
      else starts.set(worker, [startedAt]);
    }
  }
  return starts;
}

/** How much of a span is in none of the others, which come in the order of their beginnings. */
function timeOutside(others: readonly Span[], { from, to }: Span): number {
  let outside = 0;
  let at = from;
  for (const other of others) {
    if (other.from >= to) break;
    if (other.from > at) outside += other.from - at;
    at = Math.max(at, other.to);
  }
  return at < to ? outside + to - at : outside;
}
