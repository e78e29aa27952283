import { expect, it } from 'vitest';
import { faultKindsOf } from './fault-kinds.js';
import { makePlan, PROXIED_WORKER, type PlanOptions } from './plan.js';

const KINDS = faultKindsOf({ isCluster: false });
const CLUSTER_KINDS = faultKindsOf({ isCluster: true });

const options: PlanOptions = {
  runMs: 60_000,
  seed: 1,
  workers: 3,
  leaseMs: 3_000,
  faultEveryMs: 2_500,
  kinds: KINDS,
};

it('is the same for the same seed and another for another', () => {
  expect(makePlan(options)).toEqual(makePlan(options));
  expect(makePlan(options)).not.toEqual(makePlan({ ...options, seed: 2 }));
});

it('has a fault every 2 to 3 s, in order, none of which outlives the run', () => {
  for (let seed = 0; seed < 200; seed++) {
    const plan = makePlan({ ...options, seed });
    expect(plan.length).toBeGreaterThan(12);
    expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
    for (const { atMs, durationMs } of plan) expect(atMs + durationMs).toBeLessThanOrEqual(options.runMs);
  }
});

it('meets every kind within a minute, for most seeds', () => {
  const complete = Array.from({ length: 100 }, (_, seed) => new Set(makePlan({ ...options, seed }).map((f) => f.kind)));
  expect(complete.filter((kinds) => kinds.size === KINDS.length).length).toBeGreaterThan(80);
});

it('meets every kind of a cluster within two minutes, for most seeds', () => {
  const runs = Array.from({ length: 100 }, (_, seed) =>
    makePlan({ ...options, runMs: 120_000, kinds: CLUSTER_KINDS, seed }),
  );
  const complete = runs.filter((plan) => new Set(plan.map(({ kind }) => kind)).size === CLUSTER_KINDS.length);
  expect(complete.length).toBeGreaterThan(80);
});

it('never strikes one target twice at once, and freezes Redis for a quarter of the run at most', () => {
  for (let seed = 0; seed < 200; seed++) {
    const plan = makePlan({ ...options, seed });
    for (const [index, fault] of plan.entries()) {
      const next = plan.slice(index + 1).find(({ target }) => target === fault.target);
      if (next) expect(next.atMs).toBeGreaterThanOrEqual(fault.atMs + fault.durationMs);
    }
    const frozen = plan.filter(({ kind }) => kind === 'redis-freeze').map(({ durationMs }) => durationMs);
    expect(frozen.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(options.runMs / 4);
  }
});

it('freezes a worker for longer than its lease, and breaks the link of the worker behind the proxy only', () => {
  const plan = makePlan({ ...options, runMs: 600_000 });
  for (const { kind, target, durationMs } of plan) {
    if (kind === 'worker-freeze') expect(durationMs).toBeGreaterThan(options.leaseMs);
    if (kind === 'half-open' || kind === 'black-hole') expect(target).toBe(PROXIED_WORKER);
  }
});

it('keeps to the kinds it was given', () => {
  const plan = makePlan({ ...options, kinds: ['poison', 'worker-kill'] });
  expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(['poison', 'worker-kill']));
});
