import type { RunOutcome } from './messages.js';
import type { TaskKind } from './tasks.js';

/** One run of a handler on an entry, as its worker told it. */
export interface Run {
  /** Which process, such as `w2#3`: the second worker in its third life. */
  readonly worker: string;
  readonly deliveryCount: number;
  readonly startedAt: number;
  endedAt?: number;
  outcome?: RunOutcome;
}

export interface Note {
  readonly at: number;
  readonly text: string;
}

/** All that is known of one entry, kept outside Redis. */
export interface EntryRecord {
  readonly id: string;
  kind?: TaskKind;
  /** When the producer had its id; missing while, or because, nobody was told that it was accepted. */
  acceptedAt?: number;
  /** In the order of their reports. */
  readonly runs: Run[];
  /** When workers said that it went to the dead letter. */
  readonly deadLetteredAt: number[];
  /** Settlements and log lines about it. */
  readonly notes: Note[];
}

const ENTRY_ID_IN_TEXT = /\b\d{13}-\d+\b/g;

/** The books of a run: what was accepted, and what was done with it. */
export class Ledger {
  readonly entries = new Map<string, EntryRecord>();
  /** Adds whose outcome nobody knows, by task number: their entries may exist. */
  readonly unknown = new Set<number>();
  /** Adds that no replica confirmed, by task number: a failover may lose their entries. */
  readonly unreplicated = new Set<number>();
  /** Adds that were refused, by task number: their entries must not exist. */
  readonly refused = new Map<number, string>();

  accept(id: string, kind: TaskKind, at: number): void {
    const entry = this.entry(id);
    entry.kind = kind;
    entry.acceptedAt = at;
  }

  started(worker: string, run: { entryId: string; kind: TaskKind; deliveryCount: number; at: number }): void {
    const entry = this.entry(run.entryId);
    entry.kind ??= run.kind;
    entry.runs.push({ worker, deliveryCount: run.deliveryCount, startedAt: run.at });
  }

  ended(worker: string, entryId: string, at: number, outcome: RunOutcome): void {
    const run = this.entry(entryId).runs.findLast((one) => one.worker === worker && one.endedAt === undefined);
    if (!run) return;
    run.endedAt = at;
    run.outcome = outcome;
  }

  settled(worker: string, entryId: string, at: number, as: string): void {
    const entry = this.entry(entryId);
    entry.notes.push({ at, text: `${worker} settled: ${as}` });
    if (as.startsWith('dead')) entry.deadLetteredAt.push(at);
  }

  /** Keeps a log line with each entry that it names. */
  logged(worker: string, at: number, text: string): void {
    for (const id of new Set(text.match(ENTRY_ID_IN_TEXT))) {
      this.entries.get(id)?.notes.push({ at, text: `${worker} logged: ${text}` });
    }
  }

  get accepted(): EntryRecord[] {
    return [...this.entries.values()].filter(({ acceptedAt }) => acceptedAt !== undefined);
  }

  private entry(id: string): EntryRecord {
    let entry = this.entries.get(id);
    if (!entry) this.entries.set(id, (entry = { id, runs: [], deadLetteredAt: [], notes: [] }));
    return entry;
  }
}

/** Whether some run of the entry came to its good end. */
export function isHandled(entry: EntryRecord): boolean {
  return entry.runs.some(({ outcome }) => outcome === 'ok');
}

/** The life of an entry, a line per event, in milliseconds since `zero`. */
export function historyOf(entry: EntryRecord, zero: number): string[] {
  const events: Note[] = [...entry.notes];
  if (entry.acceptedAt !== undefined) events.push({ at: entry.acceptedAt, text: 'accepted' });
  for (const run of entry.runs) {
    events.push({ at: run.startedAt, text: `${run.worker} started delivery ${run.deliveryCount}` });
    if (run.endedAt !== undefined) events.push({ at: run.endedAt, text: `${run.worker} ended it: ${run.outcome}` });
  }
  return events
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, text }) => `${String(Math.round(at - zero)).padStart(7)} ms  ${text}`);
}
