import { FAILOVERS } from '../../fault-kinds.js';
import type { Note } from '../../ledger.js';
import { entriesOf, type Evidence, type Finding, repeatsIn, storyOf } from '../audit/evidence.js';
import type { TrafficRun } from '../audit/books.js';
import { REPAIRS } from '../kinds.js';
import { curesOf } from './cures.js';

/** Reports of the processes are a moment late. */
const REPORTED_WITHIN_MS = 1_000;

/** Each task has lived once more for each of its letters, until it was cured; what nothing cures is one letter at the end. */
export function auditLetters(evidence: Evidence): Finding {
  const facts = evidence.books.factsOf('letters');
  const left = new Map<string, number>();
  const count = { tasks: 0, redriven: 0, letters: 0, bulkActions: 0, stopped: 0 };
  for (const fact of facts) {
    if (fact.what === 'left') {
      left.set(fact.name, (left.get(fact.name) ?? 0) + 1);
      count.letters++;
    }
    if (fact.what === 'bulk action') count.bulkActions++;
    if (fact.what === 'bulk action' && fact.state === 'stopped') count.stopped++;
  }
  const names = new Set([
    ...facts.filter(({ what }) => what === 'added').map(({ name }) => name),
    ...evidence.left.get(REPAIRS)!.keys(),
  ]);
  const broken: string[] = [];
  for (const name of names) {
    count.tasks++;
    count.redriven += Math.max(0, ...runsOf(evidence, name).map(({ redrives }) => redrives));
    const flaw = flawOf(evidence, name, left.get(name) ?? 0);
    if (flaw !== undefined)
      broken.push(`${name} (${curesOf({ name })} redrives cure it) ${flaw}`, ...story(evidence, name));
  }
  for (const { name, state } of facts.filter((fact) => fact.what === 'bulk action'))
    if (state === 'running' || state === 'failed') broken.push(`the redrive ${name} is ${state}`);
  return {
    figures: { ...count, repeats: repeatsIn(evidence, REPAIRS, names) - count.redriven },
    broken: { 'a letter is redriven once, and lost never': broken },
  };
}

function flawOf(evidence: Evidence, name: string, letters: number): string | undefined {
  const runs = runsOf(evidence, name);
  const isIncurable = curesOf({ name }) === Infinity;
  const tasks = entriesOf(evidence, REPAIRS, name);
  if (tasks.length !== 1) return `is ${tasks.length} tasks`;
  if (!isIncurable && !runs.some(({ endedAt }) => endedAt !== undefined)) return 'was not done';
  if (letters < (isIncurable ? 1 : 0)) return 'has lost its letter';
  const isExcused = mayHaveComeBack(evidence, runs[0]!.startedAt, Infinity);
  if (letters > (isIncurable ? 1 : 0) && !isExcused) return `has ${letters} letters at the end`;
  const lives = new Set(runs.map(({ redrives }) => redrives));
  for (let life = 0; life < Math.max(...lives); life++) if (!lives.has(life)) return `has never run in life ${life}`;
  return endsTwice(evidence, name, runs);
}

/** In one life, or after the one that it was cured in. What came back for a reason has two letters, each of which lives again: from then on nobody can tell which life is whose. */
function endsTwice(evidence: Evidence, name: string, runs: readonly TrafficRun[]): string | undefined {
  const { id } = entriesOf(evidence, REPAIRS, name)[0]!;
  const notes = evidence.books.notesOf(REPAIRS, id);
  const ends = notes
    .filter(({ text }) => /settled: (dead|completed)/.test(text))
    .toSorted((a, b) => a.at - b.at)
    .filter((end, n, all) => !all.slice(0, n).some((earlier) => isOfOneTakenOver(runs, earlier, end)));
  for (const [n, end] of ends.entries()) {
    const next = ends[n + 1];
    if (next && lifeAt(runs, next.at) <= lifeAt(runs, end.at)) {
      return mayHaveComeBack(evidence, end.at, next.at) ? undefined : `ended twice in one life`;
    }
    if (!end.text.includes('completed')) continue;
    const later = runs.find(({ startedAt }) => startedAt > end.at);
    if (later)
      return mayHaveComeBack(evidence, end.at, later.startedAt) ? undefined : `ran again after it was completed`;
  }
  return undefined;
}

/** Whoever was cut off while another took its task over and completed it finds it acknowledged, and cannot tell by whom. */
function isOfOneTakenOver(runs: readonly TrafficRun[], earlier: Note, end: Note): boolean {
  if (!earlier.text.includes('completed') || !end.text.includes('completed')) return false;
  const run = runs.findLast(({ worker, startedAt }) => startedAt <= end.at && end.text.startsWith(`${worker} `));
  return run !== undefined && run.startedAt <= earlier.at && !earlier.text.startsWith(`${run.worker} `);
}

/** The life of the run that began last by then. */
function lifeAt(runs: readonly TrafficRun[], at: number): number {
  return runs.findLast(({ startedAt }) => startedAt <= at)?.redrives ?? 0;
}

/** Whether the group was lost, or a replica took over: either may bring a task back that had ended, or a letter that was redriven. */
function mayHaveComeBack({ journal }: Evidence, from: number, to: number): boolean {
  return journal
    .during(from - REPORTED_WITHIN_MS, to + REPORTED_WITHIN_MS)
    .some(({ kind }) => kind === 'group-destroy' || FAILOVERS.has(kind));
}

function runsOf(evidence: Evidence, name: string): readonly TrafficRun[] {
  return evidence.books.runsOf(REPAIRS, name);
}

function story(evidence: Evidence, name: string): string[] {
  return storyOf(evidence, name, REPAIRS);
}
