import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { now } from './clock.js';
import { leftConnections, surplusConnections } from './connection-count.js';
import { type FinalState, isDrained, readFinalState } from './final-state.js';
import { isHandled } from './ledger.js';
import type { System } from './system.js';

export interface DrainResult {
  readonly state: FinalState;
  readonly drainMs: number;
  /** When the producers were told to end. */
  readonly addedUntil: number;
  /** Workers that started nothing though all was well and there was work. */
  readonly wedged: readonly string[];
  /** Workers whose health was not up when all was well. */
  readonly unhealthy: readonly string[];
  readonly leaked: readonly string[];
}

const PROGRESS_LOOK_MS = 250;
const RESUMES_WITHIN_MS = 15_000;
const HEALTHY_WITHIN_MS = 5_000;

/** Makes everything run again, waits until all that was accepted is done, and ends every process. */
export async function drain(system: System, withinMs: number): Promise<DrainResult> {
  const { topology, producers } = system;
  const { servers, link } = topology;
  const startedAt = now();
  await topology.untilWhole();
  await system.allReady();
  const wedged = await workersWithoutWork(system);
  const addedUntil = now();
  await Promise.all(producers.map((producer) => producer.finish()));
  await untilDrained(system, withinMs);
  const drainMs = Math.round(now() - startedAt);
  // Before the processes end: a stop hands back what is stuck, and would hide it.
  const state = await readFinalState(await topology.client());
  const unhealthy = await unhealthyWorkers(system);
  const surplus = await surplusConnections(servers, link.orphanPorts);
  await system.stopProcesses();
  // The server may notice an ended process a moment later.
  let left: string[] = [];
  await eventually(async () => {
    left = await leftConnections(servers, link.orphanPorts);
    return left.length === 0;
  }, 2_000).catch(() => undefined);
  return { state, drainMs, addedUntil, wedged, unhealthy, leaked: [...surplus, ...left] };
}

/** Resolves also when nothing gets on any more: a run is judged by what it left. A busy machine may take its time. */
async function untilDrained({ topology, ledger }: System, withinMs: number): Promise<void> {
  let most = 0;
  let progressAt = now();
  while (!(await isDrained(await topology.client())) && now() - progressAt < withinMs) {
    const done = ledger.accepted.filter((entry) => isHandled(entry) || entry.deadLetteredAt.length > 0).length;
    if (done > most) progressAt = now();
    most = Math.max(most, done);
    await wait(PROGRESS_LOOK_MS);
  }
}

async function workersWithoutWork({ workers, ledger }: System): Promise<string[]> {
  const since = now();
  let idle: string[] = [];
  await eventually(() => {
    const busy = new Set<string>();
    for (const { runs } of ledger.entries.values()) {
      for (const run of runs) if (run.startedAt >= since) busy.add(run.worker);
    }
    idle = workers.map(({ label }) => label).filter((label) => !busy.has(label));
    return idle.length === 0;
  }, RESUMES_WITHIN_MS).catch(() => undefined);
  return idle;
}

async function unhealthyWorkers({ workers, health }: System): Promise<string[]> {
  const deadline = now() + HEALTHY_WITHIN_MS;
  for (;;) {
    health.clear();
    for (const worker of workers) worker.ask('health');
    await wait(500);
    const unhealthy = workers.filter(({ label }) => health.get(label)?.status !== 'up');
    if (unhealthy.length === 0) return [];
    if (now() > deadline) return unhealthy.map(({ label }) => `${label}: ${health.get(label)?.detail ?? 'no answer'}`);
  }
}
