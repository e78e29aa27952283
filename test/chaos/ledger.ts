import type { Wait, WaitKind, WaitOutcome } from './life/wait.js';
import type { RunOutcome, ToldEnd } from './messages.js';
import type { TaskKind } from './tasks.js';

/** One run of a handler on an entry, as its worker told it. */
export interface Run {
  /** Which process, such as `w2#3`: the second worker in its third life. */
  readonly worker: string;
  readonly deliveryCount: number;
  readonly startedAt: number;
  endedAt?: number;
  outcome?: RunOutcome;
  /** What a good one has returned. */
  text?: string;
}

export interface Note {
  readonly at: number;
  readonly text: string;
}

/** An end that a worker told, or the answer to a cancel. */
export interface EndNote {
  readonly at: number;
  readonly state: ToldEnd;
  readonly by: string;
}

/** All that is known of one entry, kept outside Redis. */
export interface EntryRecord {
  readonly id: string;
  kind?: TaskKind;
  /** When the producer had its id; missing while, or because, nobody was told that it was accepted. */
  acceptedAt?: number;
  /** How long it was good for, where its producer said so. */
  ttlMs?: number;
  /** In the order of their reports. */
  readonly runs: Run[];
  /** When workers said that it went to the dead letter. */
  readonly deadLetteredAt: number[];
  /** How it ended, as it was told. */
  readonly ends: EndNote[];
  /** Who waited for it, watched it or cancelled it. */
  readonly waits: Wait[];
  /** Settlements and log lines about it. */
  readonly notes: Note[];
}

export const ENTRY_ID_IN_TEXT = /\b\d{13}-\d+\b/g;

/** The books of a run: what was accepted, and what was done with it. */
export class Ledger {
  readonly entries = new Map<string, EntryRecord>();
  /** Adds whose outcome nobody knows, by task number: their entries may exist. */
  readonly unknown = new Set<number>();
  /** Adds that no replica confirmed, by task number: a failover may lose their entries. */
  readonly unreplicated = new Set<number>();
  /** Adds that were refused, by task number: their entries must not exist. */
  readonly refused = new Map<number, string>();
  private readonly byNumber = new Map<number, EntryRecord>();
  /** All waits, by task number and kind. */
  readonly waits = new Map<string, Wait>();

  /** @param n its number; undefined where it has none */
  accept(id: string, kind: TaskKind, at: number, { n, ttlMs }: { n?: number; ttlMs?: number } = {}): void {
    const entry = this.entry(id);
    if (n !== undefined) this.byNumber.set(n, entry);
    entry.kind = kind;
    entry.acceptedAt = at;
    entry.ttlMs = ttlMs;
  }

  started(worker: string, run: { entryId: string; kind: TaskKind; deliveryCount: number; at: number }): void {
    const entry = this.entry(run.entryId);
    entry.kind ??= run.kind;
    entry.runs.push({ worker, deliveryCount: run.deliveryCount, startedAt: run.at });
  }

  ended(worker: string, entryId: string, at: number, outcome: RunOutcome, text?: string): void {
    const run = this.entry(entryId).runs.findLast((one) => one.worker === worker && one.endedAt === undefined);
    if (!run) return;
    run.endedAt = at;
    run.outcome = outcome;
    run.text = text;
  }

  settled(worker: string, entryId: string, at: number, as: string, end?: ToldEnd): void {
    const entry = this.entry(entryId);
    entry.notes.push({ at, text: `${worker} settled: ${as}` });
    if (as.startsWith('dead')) entry.deadLetteredAt.push(at);
    if (end) entry.ends.push({ at, state: end, by: worker });
  }

  waitBegan(n: number, kind: WaitKind, at: number): void {
    this.waits.set(`${n} ${kind}`, { n, kind, beganAt: at });
  }

  /** @param id undefined where nobody knows it */
  waitEnded(n: number, kind: WaitKind, at: number, id: string | undefined, outcome: WaitOutcome): void {
    const wait = this.waits.get(`${n} ${kind}`)!;
    Object.assign(wait, { endedAt: at, id, outcome });
    if (id === undefined) return;
    const entry = this.entry(id);
    entry.waits.push(wait);
    entry.notes.push({ at: wait.beganAt, text: `${kind} began` }, { at, text: `${kind} ended: ${describe(outcome)}` });
    if (outcome.kind === 'answered' && outcome.outcome === 'cancelled') {
      entry.ends.push({ at, state: 'cancelled', by: 'cancel' });
    }
  }

  /** Keeps a log line with each entry that it names. */
  logged(worker: string, at: number, text: string): void {
    for (const id of new Set(text.match(ENTRY_ID_IN_TEXT))) {
      this.entries.get(id)?.notes.push({ at, text: `${worker} logged: ${text}` });
    }
  }

  /** The task of that number, where it was accepted. */
  taskOf(n: number): EntryRecord | undefined {
    return this.byNumber.get(n);
  }

  get accepted(): EntryRecord[] {
    return [...this.entries.values()].filter(({ acceptedAt }) => acceptedAt !== undefined);
  }

  private entry(id: string): EntryRecord {
    let entry = this.entries.get(id);
    if (!entry) this.entries.set(id, (entry = { id, runs: [], deadLetteredAt: [], ends: [], waits: [], notes: [] }));
    return entry;
  }
}

/** Whether something has become of it, as far as anybody was told. */
export function isOver(entry: EntryRecord): boolean {
  return isHandled(entry) || entry.ends.length > 0;
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

function describe({ kind, ...rest }: WaitOutcome): string {
  return `${kind} ${JSON.stringify(rest)}`;
}
