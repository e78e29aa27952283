import { FAILOVERS, SHARED_FAULTS } from '../../fault-kinds.js';
import {
  entriesOf,
  type Evidence,
  type Finding,
  mayBeLost,
  repeatsIn,
  storyOf,
  whyNotOnce,
} from '../audit/evidence.js';
import { REMINDERS } from '../kinds.js';
import type { LeftEntry } from '../audit/left.js';
import { percentiles } from '../audit/percentiles.js';
import { type DelayedBooks, delayedBooks } from './delayed-books.js';

/** A master that has answered tells its replica within that. */
const REPLICATED_WITHIN_MS = 1_000;
/** How long after a fault of all nothing may enter: connections come back one after the other. */
const RECOVERED_WITHIN_MS = 3_000;
/** How late a task may enter while Redis is whole, whichever worker dies. */
const LATE_AT_MOST_MS = 5_000;

/** Each has entered its stream once, not before its time, and has one end. */
export function auditDelayed(evidence: Evidence): Finding {
  const { books, left } = evidence;
  const all = delayedBooks(books.factsOf('delayed'), left.get(REMINDERS)!.keys());
  const broken: string[] = [];
  const late: number[] = [];
  const count = { delayed: all.length, moved: 0, cancelled: 0, lostToFailovers: 0 };
  for (const told of all) {
    const [entry] = entriesOf(evidence, REMINDERS, told.name);
    if (told.moves.some(({ answer }) => answer === 'promoted' || answer === 'rescheduled')) count.moved++;
    if (stateOf(evidence, told) === 'cancelled') count.cancelled++;
    const lateMs = entry && lateBy(evidence, told, entry);
    if (lateMs !== undefined) late.push(lateMs);
    const flaw =
      flawOf(evidence, told, entry) ?? (lateMs! > LATE_AT_MOST_MS ? `${told.name} is ${lateMs} ms late` : undefined);
    if (flaw === undefined) continue;
    if (!entry && wasLost(evidence, told)) count.lostToFailovers++;
    else broken.push(flaw, ...storyOf(evidence, told.name, REMINDERS));
  }
  const repeats = repeatsIn(
    evidence,
    REMINDERS,
    all.map(({ name }) => name),
  );
  return {
    figures: { ...count, repeats, lateMs: percentiles(late) },
    broken: { 'a delayed task enters once, not before its time, and has one end': broken },
  };
}

function flawOf(evidence: Evidence, told: DelayedBooks, entry: LeftEntry | undefined): string | undefined {
  const { name, added, wasRefused } = told;
  if (wasRefused) return entry && `${name} was refused, and is ${entry.id}`;
  const state = stateOf(evidence, told);
  const notOnce = state === 'cancelled' ? undefined : whyNotOnce(evidence, REMINDERS, name);
  if (notOnce !== undefined || !added) return notOnce;
  const earlyMs = entry ? told.mayEnterFrom(entry.enteredAt) - entry.enteredAt : 0;
  if (earlyMs > 0) return `${name}, ${entry!.id}, has entered ${earlyMs} ms too early`;
  return mayHaveComeBack(evidence, told) ? undefined : flawOfEnd(evidence, told, state);
}

function flawOfEnd(evidence: Evidence, { name, cancels }: DelayedBooks, state: string | undefined): string | undefined {
  const runs = evidence.books.runsOf(REMINDERS, name);
  const answered = cancels.map(({ answer }) => answer);
  if (state === 'completed') {
    const isWrong = answered.includes('cancelled') || answered.includes('unknown');
    return isWrong ? `${name} is completed, and a cancel was told '${answered.join()}'` : undefined;
  }
  if (state !== 'cancelled') return `${name} is ${state}`;
  if (!answered.includes('cancelled') && !answered.includes('requested'))
    return `${name} is cancelled, and a cancel was told '${answered.join()}'`;
  // One that ran by then may still have done it, and too late for that to count.
  const endedAt = Math.min(...cancels.filter(({ answer }) => answer === 'cancelled').map(({ at }) => at));
  const late = runs.find(({ startedAt }) => startedAt > endedAt);
  return late && `${name} was cancelled, and ${late.worker} has begun it`;
}

function stateOf({ ends }: Evidence, { added }: DelayedBooks): string | undefined {
  return added && ends.get(added.id)?.state;
}

/** How long after its time it has entered, or after its add was answered; undefined where something kept it from that, or it was given another time. */
function lateBy({ journal }: Evidence, { added, moves }: DelayedBooks, { enteredAt }: LeftEntry): number | undefined {
  if (!added || moves.length > 0) return undefined;
  const faults = journal.during(added.due - RECOVERED_WITHIN_MS, enteredAt);
  if (faults.some(({ kind }) => SHARED_FAULTS.has(kind))) return undefined;
  return Math.max(0, Math.round(enteredAt - Math.max(added.due, added.at)));
}

/** No replica was asked whether it has it. */
function wasLost(evidence: Evidence, { added }: DelayedBooks): boolean {
  return added !== undefined && mayBeLost(evidence, added.at, added.at + REPLICATED_WITHIN_MS);
}

/** Whether its group was lost, or a replica took over, since it was added: either may bring a task back that had ended. */
function mayHaveComeBack({ journal }: Evidence, { added }: DelayedBooks): boolean {
  return journal.during(added!.at, Infinity).some(({ kind }) => kind === 'group-destroy' || FAILOVERS.has(kind));
}
