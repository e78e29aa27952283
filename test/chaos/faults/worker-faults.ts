import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { ChaosWorker } from '../chaos-worker.js';
import { GROUP, STREAM } from '../streams.js';
import type { System } from '../system.js';

export async function killWorker(worker: ChaosWorker): Promise<void> {
  await worker.kill();
}

/** Ids of the entries that are pending for a process; none where the group is gone. */
export async function heldBy(client: Redis, pid: number): Promise<string[]> {
  try {
    const rows = (await client.xpending(STREAM, GROUP, '-', '+', 10_000)) as [id: string, owner: string][];
    return rows.filter(([, owner]) => owner.includes(`:${pid}:`)).map(([id]) => id);
  } catch {
    return [];
  }
}

export async function terminateWorker(system: System, worker: ChaosWorker): Promise<void> {
  await system.terminate(worker);
}

export async function freezeWorker(worker: ChaosWorker, durationMs: number): Promise<void> {
  worker.freeze();
  await wait(durationMs);
  worker.thaw();
}
