import type { FaultJournal } from '../../fault-journal.js';
import { FAILOVERS } from '../../fault-kinds.js';
import type { ReadyTimes } from '../../recovery-times.js';
import type { TaskEnds } from '../../life/task-ends.js';
import type { TrafficBooks } from './books.js';
import type { Left, LeftEntry } from './left.js';

/** All that is known of the traffic when it is over. */
export interface Evidence {
  readonly isCluster: boolean;
  readonly books: TrafficBooks;
  readonly journal: FaultJournal;
  /** By stream. */
  readonly left: ReadonlyMap<string, Left>;
  /** What `StreamTasks.get` says of the delayed tasks. */
  readonly ends: TaskEnds;
  /** When each worker process was ready. */
  readonly readyAt: ReadyTimes;
  /** When the run began. */
  readonly zero: number;
  /** When it was read what is left. */
  readonly until: number;
}

/** What one kind of traffic came to. */
export interface Finding {
  readonly figures: Readonly<Record<string, unknown>>;
  /** By the promise: what shows that it was not kept. */
  readonly broken: Readonly<Record<string, readonly string[]>>;
}

const REPORTED_WITHIN_MS = 1_000;

/** Whether a replica took over at about that time: what it had not heard of yet is lost. */
export function mayBeLost({ journal }: Evidence, from: number, to: number): boolean {
  return journal.during(from - REPORTED_WITHIN_MS, to + REPORTED_WITHIN_MS).some(({ kind }) => FAILOVERS.has(kind));
}

export function entriesOf({ left }: Evidence, stream: string, name: string): readonly LeftEntry[] {
  return left.get(stream)?.get(name) ?? [];
}

/** What is wrong with what there should be exactly one task of; undefined where there is one, and it is done. */
export function whyNotOnce(evidence: Evidence, stream: string, name: string): string | undefined {
  const entries = entriesOf(evidence, stream, name);
  const runs = evidence.books.runsOf(stream, name);
  const ids = entries.map(({ id }) => id);
  const told = `in ${stream}`;
  if (ids.length > 1) return `${name} is ${ids.length} tasks, ${ids.join(' and ')}, ${told}`;
  if (ids.length === 0) return `${name} is missing ${told}`;
  const other = runs.find(({ entryId }) => entryId !== ids[0]);
  if (other && !mayBeLost(evidence, other.startedAt, other.startedAt + REPORTED_WITHIN_MS))
    return `${name} ran as ${other.entryId}, too, and is ${ids[0]} ${told}`;
  if (!runs.some((run) => run.entryId === ids[0] && run.endedAt !== undefined)) return `${name} was not done ${told}`;
  return undefined;
}

/** Runs beyond the first one of each task. */
export function repeatsIn({ books }: Evidence, stream: string, names: Iterable<string>): number {
  let repeats = 0;
  for (const name of names) repeats += Math.max(0, books.runsOf(stream, name).length - 1);
  return repeats;
}

/** What is known of a task in some streams, a line per event. */
export function storyOf(evidence: Evidence, name: string, ...streams: readonly string[]): string[] {
  const { books, zero } = evidence;
  const events = streams.flatMap((stream) => {
    const runs = books.runsOf(stream, name);
    const left = entriesOf(evidence, stream, name);
    const ids = new Set([...runs.map(({ entryId }) => entryId), ...left.map(({ id }) => id)]);
    return [
      ...left.map(({ id, enteredAt }) => ({ at: enteredAt, text: `entered ${stream} as ${id}` })),
      ...runs.map(({ worker, entryId, startedAt }) => ({ at: startedAt, text: `${worker} began ${entryId}` })),
      ...runs.map(({ worker, entryId, endedAt = Infinity }) => ({
        at: endedAt,
        text: `${worker} has done ${entryId}`,
      })),
      ...[...ids].flatMap((id) => books.notesOf(stream, id)),
    ];
  });
  for (const fact of books.factsAbout(name)) {
    const times = Object.entries(fact).map(
      ([key, value]) => `${key} ${typeof value === 'number' ? Math.round(value - zero) : value}`,
    );
    events.push({ at: fact.at, text: `told: ${times.join(', ')}` });
  }
  return events
    .filter(({ at }) => Number.isFinite(at))
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, text }) => `    ${String(Math.round(at - zero)).padStart(7)} ms  ${text}`);
}
