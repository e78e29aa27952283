import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { now } from './clock.js';
import { leftConnections, surplusConnections } from './connection-count.js';
import { type FinalState, readFinalState } from './final-state.js';
import { isOver } from './ledger.js';
import { STREAMS } from './streams.js';
import type { System } from './system.js';
import { isAllDone, type Left, readLeft } from './traffic/audit/left.js';

export interface DrainResult {
  /** What each stream holds. */
  readonly states: ReadonlyMap<string, FinalState>;
  /** What the streams of the traffic hold. */
  readonly left: ReadonlyMap<string, Left>;
  /** When that was read. */
  readonly readAt: number;
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
/** Polls stand behind what is rung, and come every 15 s at the latest. */
const WAITS_END_WITHIN_MS = 30_000;

/** Makes everything run again, waits until all that was accepted is done, and ends every process. */
export async function drain(system: System, withinMs: number): Promise<DrainResult> {
  const { topology, producers, operator } = system;
  const { servers, links } = topology;
  const orphanPorts = () => new Set(Object.values(links).flatMap((link) => [...link.orphanPorts]));
  const startedAt = now();
  await topology.untilWhole();
  await system.allReady();
  const wedged = await workersWithoutWork(system);
  const addedUntil = now();
  await Promise.all(producers.map((producer) => producer.finish()));
  await operator?.finish(withinMs);
  await untilDrained(system, withinMs);
  await operator?.conclude();
  const drainMs = Math.round(now() - startedAt);
  const concluded = Promise.all(producers.map((producer) => producer.conclude())).catch(() => undefined);
  await Promise.race([concluded, wait(WAITS_END_WITHIN_MS)]);
  // Before the processes end: a stop hands back what is stuck, and would hide it.
  const client = await topology.client();
  const states = new Map<string, FinalState>();
  for (const stream of STREAMS) states.set(stream, await readFinalState(client, stream));
  const readAt = now();
  const left = await leftOfTraffic(system);
  const unhealthy = await unhealthyWorkers(system);
  const surplus = await surplusConnections(servers, orphanPorts(), system.streams.length);
  await system.stopProcesses();
  // The server may notice an ended process a moment later.
  let unclosed: string[] = [];
  await eventually(async () => {
    unclosed = await leftConnections(servers, orphanPorts());
    return unclosed.length === 0;
  }, 2_000).catch(() => undefined);
  return { states, left, readAt, drainMs, addedUntil, wedged, unhealthy, leaked: [...surplus, ...unclosed] };
}

/** Resolves also when nothing gets on any more: a run is judged by what it left. A busy machine may take its time. */
async function untilDrained({ topology, ledger, chats, traffic, streams }: System, withinMs: number): Promise<void> {
  let most = 0;
  let progressAt = now();
  const areDrained = async () => {
    const areDone = streams.map(async (stream) => isAllDone(await topology.client(stream), stream));
    return (await Promise.all(areDone)).every(Boolean);
  };
  while (!(await areDrained()) && now() - progressAt < withinMs) {
    const done = [...ledger.accepted, ...chats.accepted].filter(isOver).length + traffic.done;
    if (done > most) progressAt = now();
    most = Math.max(most, done);
    await wait(PROGRESS_LOOK_MS);
  }
}

async function leftOfTraffic({ topology, trafficStreams }: System): Promise<Map<string, Left>> {
  const left = new Map<string, Left>();
  for (const stream of trafficStreams) left.set(stream, await readLeft(await topology.client(stream), stream));
  return left;
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
