import type { FaultKind } from './fault-kinds.js';
import { OPERATOR_FAULT, PRODUCER_FAULTS, WORKER_FAULTS } from './fault-kinds.js';
import { between, oneOf, type Random, seededRandom, shuffled } from './random.js';

/** `redis`, the first producer, the operator, or the number of a worker, from 1. */
export type FaultTarget = 'redis' | 'producer' | 'operator' | number;

export interface PlannedFault {
  /** Since the start of the run, in milliseconds. */
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly target: FaultTarget;
  /** How long it lasts; 0 for what happens at once. */
  readonly durationMs: number;
}

export interface PlanOptions {
  readonly runMs: number;
  readonly seed: number;
  readonly workers: number;
  readonly leaseMs: number;
  readonly faultEveryMs: number;
  readonly kinds: readonly FaultKind[];
}

/** The worker whose connections go through the proxy. */
export const PROXIED_WORKER = 1;

const FIRST_FAULT_MS = 1_000;
/** How long a target is left alone after a fault, so that a started process is up again, and a cluster whole. */
const REST_MS: Partial<Record<FaultKind, number>> = {
  'worker-kill': 2_500,
  'worker-term': 4_000,
  'operator-kill': 2_500,
  'redis-kill': 500,
  'node-kill': 3_000,
  'node-restart': 4_000,
  'all-nodes-restart': 4_000,
  'node-freeze': 3_000,
  'slot-move': 1_000,
};
/** So long after its last sign of life a master has been replaced by its replica. */
const FAILOVER_MS = 4_000;
/** Server and process freezes together may take this share of the run. */
const FROZEN_SHARE = 1 / 4;

/**
 * All faults of a run, decided before it starts: one every `faultEveryMs`, give or take a fifth. Kinds come from a bag
 * that is refilled when empty, so that a short run still meets most of them; no target has two faults at once.
 */
export function makePlan(options: PlanOptions): PlannedFault[] {
  const { runMs, seed, workers, faultEveryMs, kinds } = options;
  const random = seededRandom(seed);
  const busyUntil = new Map<FaultTarget, number>();
  const plan: PlannedFault[] = [];
  let bag: FaultKind[] = [];
  let frozenMs = 0;
  for (let atMs = FIRST_FAULT_MS; atMs < runMs; atMs += faultEveryMs * between(random, 0.8, 1.2)) {
    if (bag.length === 0) bag = shuffled(random, kinds);
    // What finds no free target now stays in the bag for later.
    for (const kind of [...bag]) {
      const free = targetsOf(kind, workers).filter((target) => (busyUntil.get(target) ?? 0) <= atMs);
      const durationMs = Math.round(durationOf(kind, options, random));
      const isFreeze = kind === 'redis-freeze';
      if (free.length === 0 || atMs + durationMs > runMs) continue;
      bag.splice(bag.indexOf(kind), 1);
      if (isFreeze && frozenMs + durationMs > runMs * FROZEN_SHARE) continue;
      if (isFreeze) frozenMs += durationMs;
      const target = oneOf(random, free);
      busyUntil.set(target, atMs + durationMs + (REST_MS[kind] ?? 250));
      plan.push({ atMs: Math.round(atMs), kind, target, durationMs });
      break;
    }
  }
  return plan;
}

function targetsOf(kind: FaultKind, workers: number): FaultTarget[] {
  if (PRODUCER_FAULTS.has(kind)) return ['producer'];
  if (kind === OPERATOR_FAULT) return ['operator'];
  if (!WORKER_FAULTS.has(kind)) return ['redis'];
  if (kind === 'half-open' || kind === 'black-hole') return [PROXIED_WORKER];
  return Array.from({ length: workers }, (_, index) => index + 1);
}

function durationOf(kind: FaultKind, { runMs, leaseMs }: PlanOptions, random: Random): number {
  switch (kind) {
    case 'worker-freeze':
      return leaseMs * between(random, 1.2, 2);
    case 'black-hole':
      return Math.min(runMs / 4, leaseMs * between(random, 0.3, 2));
    case 'producer-black-hole':
      return Math.min(runMs / 4, between(random, 500, 5_000));
    case 'redis-freeze':
      return Math.min(runMs / 4, 15_000) * between(random, 1 / 3, 1);
    case 'redis-kill':
      return between(random, 100, 2_000);
    case 'node-kill':
    case 'node-freeze':
      return between(random, FAILOVER_MS, 2 * FAILOVER_MS);
    case 'node-restart':
      return between(random, 0, 1_000);
    case 'all-nodes-restart':
      return between(random, 100, 3_000);
    case 'memory-full':
      return between(random, 500, 4_000);
    case 'slot-move':
    case 'worker-kill':
    case 'worker-term':
    case 'operator-kill':
    case 'client-kill':
    case 'half-open':
    case 'producer-half-open':
    case 'group-destroy':
    case 'poison':
      return 0;
  }
}
