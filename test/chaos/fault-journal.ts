import type { FaultKind } from './fault-kinds.js';
import type { FaultTarget } from './plan.js';

/** A fault as it happened, on the clock of the run. */
export interface FaultRecord {
  readonly kind: FaultKind;
  readonly target: FaultTarget;
  /** The process that it struck, where it struck one. */
  readonly worker?: string;
  readonly startedAt: number;
  /** When what it broke was whole again; missing while it lasts. */
  endedAt?: number;
  /** Entries that a killed worker held, as Redis saw it. */
  held?: readonly string[];
}

/** How a worker process ended. */
export interface Death {
  readonly at: number;
  readonly how: 'killed' | 'terminated' | 'unexpected';
}

/** What was done to the system, and when. */
export class FaultJournal {
  readonly faults: FaultRecord[] = [];
  /** By process. */
  readonly deaths = new Map<string, Death>();

  /** Faults that lasted at some time from `from` to `to`. */
  during(from: number, to: number): FaultRecord[] {
    return this.faults.filter((fault) => fault.startedAt <= to && (fault.endedAt ?? Infinity) >= from);
  }

  countByKind(): Partial<Record<FaultKind, number>> {
    const counts: Partial<Record<FaultKind, number>> = {};
    for (const { kind } of this.faults) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }
}
