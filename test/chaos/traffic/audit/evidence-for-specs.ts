import { FaultJournal, type FaultRecord } from '../../fault-journal.js';
import type { TaskEnds } from '../../life/task-ends.js';
import type { TrafficFact } from '../facts.js';
import { trafficStreams, TRAFFIC_KINDS } from '../kinds.js';
import { TrafficBooks } from './books.js';
import type { Evidence, Finding } from './evidence.js';
import type { LeftEntry } from './left.js';

/** When everything in specs begins. */
export const ZERO = 1_700_000_000_000;

interface LifeForSpecs {
  readonly from: number;
  readonly until?: number | undefined;
  readonly worker?: string;
  readonly redrives?: number;
  readonly isReplay?: boolean;
}

/** What is told of some tasks, at times after ZERO, and what is left of them. */
export class EvidenceForSpecs {
  private readonly books = new TrafficBooks();
  private readonly journal = new FaultJournal();
  private readonly left = new Map(
    trafficStreams(TRAFFIC_KINDS, { isCluster: true }).map((stream) => [stream, new Map<string, LeftEntry[]>()]),
  );
  private readonly ends = new Map<string, { state: string }>();

  constructor(private readonly isCluster = false) {}

  told(fact: TrafficFact): this {
    this.books.tell(fact);
    return this;
  }

  /** An entry with its only run. */
  done(stream: string, name: string, at: number, from?: string): this {
    return this.entry(stream, name, at, from).run(stream, name, at, at + 10);
  }

  entry(stream: string, name: string, at: number, from?: string): this {
    const ofStream = this.left.get(stream)!;
    const entry = { id: idAt(at), enteredAt: ZERO + at, from };
    ofStream.set(name, [...(ofStream.get(name) ?? []), entry]);
    return this;
  }

  /** @param until undefined where it came to no good end */
  run(stream: string, name: string, entryAt: number, until?: number, worker = 'w1#1'): this {
    return this.lived(stream, name, entryAt, { from: entryAt, until, worker });
  }

  /** A run of a later life. @param until undefined where it came to no good end */
  lived(stream: string, name: string, entryAt: number, { from, until, worker = 'w1#1', ...life }: LifeForSpecs): this {
    const run = { stream, name, entryId: idAt(entryAt), ...life };
    this.books.ran(worker, { ...run, at: ZERO + from, isOver: false });
    if (until !== undefined) this.books.ran(worker, { ...run, at: ZERO + until, isOver: true });
    return this;
  }

  noted(stream: string, entryAt: number, at: number, text: string): this {
    this.books.note(stream, idAt(entryAt), { at: ZERO + at, text });
    return this;
  }

  is(id: string, state: string): this {
    this.ends.set(id, { state });
    return this;
  }

  fault(kind: FaultRecord['kind'], from: number, to: number, worker?: string): this {
    this.journal.faults.push({ kind, target: 'redis', worker, startedAt: ZERO + from, endedAt: ZERO + to });
    return this;
  }

  /** @returns what is broken */
  broken(audit: (evidence: Evidence) => Finding, until = 60_000): string[] {
    // Without the stories, which are indented.
    return Object.values(this.found(audit, until).broken)
      .flat()
      .filter((line) => !line.startsWith(' '));
  }

  found(audit: (evidence: Evidence) => Finding, until = 60_000): Finding {
    const { isCluster, books, journal, left } = this;
    const ends = this.ends as unknown as TaskEnds;
    const readyAt = new Map(['w1#1', 'w2#1'].map((worker) => [worker, ZERO - 5_000]));
    return audit({ isCluster, books, journal, left, ends, readyAt, zero: ZERO, until: ZERO + until });
  }
}

export function idAt(at: number): string {
  return `${ZERO + at}-0`;
}
