import { now } from '../clock.js';
import type { FaultRecord } from '../fault-journal.js';
import { type CommonFault, type FaultKind, OPERATOR_FAULT, PRODUCER_FAULTS, WORKER_FAULTS } from '../fault-kinds.js';
import type { FaultTarget, PlannedFault } from '../plan.js';
import type { System } from '../system.js';
import type { Strike } from '../topology.js';
import { breakHalf, darken } from './link-faults.js';
import { poison } from './poison.js';
import { destroyGroups, fillMemory, killClients } from './server-faults.js';
import { freezeWorker, heldBy, killWorker, terminateWorker } from './worker-faults.js';

/** Makes a fault happen, and writes it down; resolves when what it broke is whole again. */
export async function inject(system: System, fault: PlannedFault): Promise<void> {
  if (WORKER_FAULTS.has(fault.kind)) await strikeWorker(system, fault);
  else if (PRODUCER_FAULTS.has(fault.kind) || fault.kind === OPERATOR_FAULT) await strikeProcess(system, fault);
  else await system.oneAtATime(() => strikeServers(system, fault));
}

async function strikeWorker(system: System, fault: PlannedFault): Promise<void> {
  const { kind, target } = fault;
  const { label, pid } = system.worker(target as number);
  const record: FaultRecord = { kind, target, worker: label, startedAt: now() };
  system.journal.faults.push(record);
  await make(system, fault);
  record.endedAt = now();
  if (kind === 'worker-kill') record.held = await heldBy(await system.topology.client(), pid!);
}

async function strikeProcess(system: System, fault: PlannedFault): Promise<void> {
  const record: FaultRecord = { kind: fault.kind, target: fault.target, startedAt: now() };
  system.journal.faults.push(record);
  await make(system, fault);
  record.endedAt = now();
}

async function strikeServers(system: System, fault: PlannedFault): Promise<void> {
  const { kind, target } = fault;
  const record: FaultRecord = { kind, target, startedAt: now() };
  system.journal.faults.push(record);
  await make(system, fault);
  await system.topology.untilWhole();
  record.endedAt = now();
}

async function make(system: System, { kind, target, durationMs }: PlannedFault): Promise<void> {
  const strikes: Partial<Record<FaultKind, Strike>> = { ...commonStrikes(system, target), ...system.topology.faults };
  await strikes[kind]!(durationMs);
}

function commonStrikes(system: System, target: FaultTarget): Record<CommonFault, Strike> {
  const { topology } = system;
  const worker = () => system.worker(target as number);
  return {
    'worker-kill': () => killWorker(worker()),
    'worker-term': () => terminateWorker(system, worker()),
    'worker-freeze': (durationMs) => freezeWorker(worker(), durationMs),
    'half-open': async () => breakHalf(topology.links.worker),
    'black-hole': (durationMs) => darken(topology.links.worker, durationMs),
    'operator-kill': async () => system.operator?.kill(),
    'producer-half-open': async () => breakHalf(topology.links.producer),
    'producer-black-hole': (durationMs) => darken(topology.links.producer, durationMs),
    'client-kill': () => killClients(topology),
    'memory-full': (durationMs) => fillMemory(topology, durationMs),
    'group-destroy': () => destroyGroups(topology, system.streams),
    poison: () => poison(system),
  };
}
