import { now } from '../clock.js';
import type { FaultRecord } from '../fault-journal.js';
import { WORKER_FAULTS } from '../fault-kinds.js';
import type { PlannedFault } from '../plan.js';
import type { System } from '../system.js';
import { breakHalf, darken } from './link-faults.js';
import { poison } from './poison.js';
import { destroyGroup, freezeRedis, killClients, killRedis } from './redis-faults.js';
import { freezeWorker, heldBy, killWorker, terminateWorker } from './worker-faults.js';

/** Makes a fault happen, and writes it down; resolves when what it broke is whole again. */
export async function inject(system: System, fault: PlannedFault): Promise<void> {
  const { kind, target } = fault;
  const strikesWorker = WORKER_FAULTS.has(kind);
  const worker = strikesWorker ? system.worker(target as number).label : undefined;
  const record: FaultRecord = { kind, target, worker, startedAt: now() };
  system.journal.faults.push(record);
  const pid = strikesWorker ? system.worker(target as number).pid : undefined;
  await make(system, fault);
  record.endedAt = now();
  if (kind === 'worker-kill') record.held = await heldBy(system.redis, pid!);
}

async function make(system: System, { kind, target, durationMs }: PlannedFault): Promise<void> {
  const { redis, proxy } = system;
  const worker = () => system.worker(target as number);
  switch (kind) {
    case 'worker-kill':
      return killWorker(worker());
    case 'worker-term':
      return terminateWorker(system, worker());
    case 'worker-freeze':
      return freezeWorker(worker(), durationMs);
    case 'redis-kill':
      return killRedis(redis, durationMs);
    case 'redis-freeze':
      return freezeRedis(redis, durationMs);
    case 'client-kill':
      return killClients(redis);
    case 'group-destroy':
      return destroyGroup(redis);
    case 'half-open':
      return breakHalf(proxy);
    case 'black-hole':
      return darken(proxy, durationMs);
    case 'poison':
      return poison(system);
  }
}
