import type { Note } from '../../ledger.js';
import type { TrafficFact } from '../facts.js';
import { TICKS } from '../kinds.js';

/** A run of a handler on a task, as its worker told it. */
export interface TrafficRun {
  readonly worker: string;
  readonly entryId: string;
  readonly startedAt: number;
  /** When it came to its good end. */
  endedAt?: number;
  readonly redrives: number;
  readonly isReplay: boolean;
}

interface ToldRun {
  readonly stream: string;
  readonly name: string;
  readonly entryId: string;
  readonly at: number;
  readonly isOver: boolean;
  readonly redrives?: number;
  readonly isReplay?: boolean;
}

const NONE: readonly never[] = [];

/** What was told of the traffic, kept outside Redis. */
export class TrafficBooks {
  private readonly facts: TrafficFact[] = [];
  private readonly runs = new Map<string, TrafficRun[]>();
  private readonly notes = new Map<string, Note[]>();
  private ended = 0;

  tell(fact: TrafficFact): void {
    this.facts.push(fact);
  }

  ran(worker: string, { stream, name, entryId, at, isOver, redrives = 0, isReplay = false }: ToldRun): void {
    const key = `${stream} ${name}`;
    const runs = this.runs.get(key) ?? [];
    this.runs.set(key, runs);
    if (!isOver) return void runs.push({ worker, entryId, startedAt: at, redrives, isReplay });
    const run = runs.findLast((one) => one.worker === worker && one.entryId === entryId && one.endedAt === undefined);
    if (!run) return;
    run.endedAt = at;
    // Schedules never end: they are no sign that anything gets done.
    if (stream !== TICKS) this.ended++;
  }

  /** A settlement, or a log line about an entry. */
  note(stream: string, entryId: string, note: Note): void {
    const key = `${stream} ${entryId}`;
    this.notes.set(key, [...(this.notes.get(key) ?? []), note]);
  }

  notesOf(stream: string, entryId: string): readonly Note[] {
    return this.notes.get(`${stream} ${entryId}`) ?? NONE;
  }

  /** In the order of their reports. */
  runsOf(stream: string, name: string): readonly TrafficRun[] {
    return this.runs.get(`${stream} ${name}`) ?? NONE;
  }

  factsOf<Kind extends TrafficFact['kind']>(kind: Kind): Extract<TrafficFact, { kind: Kind }>[] {
    return this.facts.filter((fact): fact is Extract<TrafficFact, { kind: Kind }> => fact.kind === kind);
  }

  /** All that producers told of a task. */
  factsAbout(name: string): readonly TrafficFact[] {
    return this.facts.filter((fact) => fact.name === name);
  }

  /** How many runs came to their good end, those of schedules not counted. */
  get done(): number {
    return this.ended;
  }
}
