import type { OperationKind, OperationPlan, PlannedItem } from '../../model/operations/operation.js';
import { perSecond } from './operation-options.js';

const SAMPLE = 5;
/** A guess at how many a second an operation without a rate does. */
const UNTHROTTLED = 5_000;

interface Planned {
  readonly stream: string;
  readonly kind: OperationKind;
  /** As it is kept: 0 for none. */
  readonly rate: number;
  readonly upTo: string;
  readonly warnings: readonly string[];
}

/** Counts what an operation would do. */
export class PlanTally {
  /** Those that would get something. */
  readonly groups = new Set<string>();
  private eligible = 0;
  private readonly notEligible: Record<string, number> = {};
  private readonly sample: PlannedItem[] = [];

  act(item: PlannedItem): void {
    this.eligible++;
    this.groups.add(item.group);
    if (this.sample.length < SAMPLE) this.sample.push(item);
  }

  leaveOut(cause: string, count = 1): void {
    this.notEligible[cause] = (this.notEligible[cause] ?? 0) + count;
  }

  /** How many it would act on. */
  get count(): number {
    return this.eligible;
  }

  /** How many are left out, by cause. */
  get leftOut(): Readonly<Record<string, number>> {
    return this.notEligible;
  }

  plan({ stream, kind, rate, upTo, warnings }: Planned): OperationPlan {
    const { eligible, notEligible, sample } = this;
    const estimatedMs = Math.ceil((eligible / Math.min(perSecond(rate), UNTHROTTLED)) * 1_000);
    return { stream, kind, eligible, notEligible, sample, estimatedMs, warnings, upTo };
  }
}
