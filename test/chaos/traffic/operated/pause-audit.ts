import type { FaultRecord } from '../../fault-journal.js';
import { FAILOVERS, type FaultKind, SHARED_FAULTS } from '../../fault-kinds.js';
import { type Evidence, type Finding, repeatsIn, storyOf } from '../audit/evidence.js';
import type { PauseFact } from '../facts.js';
import { ARCHIVE, MAINTAINED, REPAIRS } from '../kinds.js';
import { percentiles } from '../audit/percentiles.js';

/** Who hears of a pause starts nothing after that. */
const HEARD_WITHIN_MS = 1_000;
/** How long after a fault a worker may be deaf, until its connections are back or it is awake: then it looks. */
const RECOVERED_WITHIN_MS = 3_000;
/** Who does not know that it cannot hear asks by itself so often: see docs/pause.md. */
const ASKED_WITHIN_MS = 10_000;
/** Breaks of a link that nobody is told of. */
const SILENT_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>(['half-open', 'black-hole']);
/** Those that leave connections as they are. */
const HARMLESS_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>(['memory-full', 'group-destroy']);

interface Pause {
  readonly stream: string;
  readonly from: number;
  readonly to: number;
}

/** While a group is paused nothing starts there, a second after that was answered. */
export function auditPauses(evidence: Evidence): Finding {
  const { books, left, until } = evidence;
  const broken: string[] = [];
  const late: number[] = [];
  const pauses = pausesIn(books.factsOf('pauses'), until);
  const streams = [MAINTAINED, REPAIRS, ARCHIVE].filter((stream) => left.has(stream));
  for (const stream of streams) {
    const ofStream = pauses.filter((pause) => pause.stream === stream);
    for (const name of left.get(stream)!.keys()) {
      for (const { worker, startedAt } of books.runsOf(stream, name)) {
        const pause = ofStream.find(({ from, to }) => from < startedAt && startedAt < to);
        if (!pause) continue;
        const lateMs = Math.round(startedAt - pause.from);
        late.push(lateMs);
        if (startedAt > heardAt(evidence, pause, worker, startedAt))
          broken.push(
            `${worker} began ${name} ${lateMs} ms after ${stream} was paused`,
            ...storyOf(evidence, name, stream),
          );
      }
    }
  }
  const names = [...left.get(MAINTAINED)!.keys()];
  const undone = names.filter((name) => !books.runsOf(MAINTAINED, name).some(({ endedAt }) => endedAt !== undefined));
  broken.push(...undone.map((name) => `${name} was not done`));
  const figures = {
    ...{ tasks: names.length, pauses: pauses.length, repeats: repeatsIn(evidence, MAINTAINED, names) },
    pausedSeconds: Math.round(pauses.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0) / 1_000),
    ...{ begunWhilePaused: late.length, begunMs: percentiles(late) },
  };
  return { figures, broken: { 'nothing begins while its group is paused': broken } };
}

function pausesIn(facts: readonly PauseFact[], end: number): Pause[] {
  const told = facts.filter((fact) => fact.what !== 'added').toSorted((a, b) => a.at - b.at);
  return told.flatMap((fact, n) => {
    if (fact.what !== 'paused') return [];
    const next = told.slice(n + 1).find(({ name }) => name === fact.name)?.at ?? end;
    return { stream: fact.name, from: fact.at, to: Math.min(next, fact.until ?? Infinity) };
  });
}

/** When a worker had to know of a pause at the latest: later where something kept it from hearing. */
function heardAt({ journal }: Evidence, { from }: Pause, worker: string, startedAt: number): number {
  const faults = journal.during(from - ASKED_WITHIN_MS, startedAt).filter((fault) => strikes(fault, worker));
  // A replica that took over may never have heard of it.
  if (faults.some(({ kind }) => FAILOVERS.has(kind))) return Infinity;
  return Math.max(from + HEARD_WITHIN_MS, ...faults.map(deafUntil));
}

function deafUntil({ kind, endedAt = Infinity }: FaultRecord): number {
  return endedAt + (SILENT_FAULTS.has(kind) ? ASKED_WITHIN_MS : RECOVERED_WITHIN_MS);
}

function strikes({ kind, worker }: FaultRecord, who: string): boolean {
  return worker === who || (SHARED_FAULTS.has(kind) && !HARMLESS_FAULTS.has(kind));
}
