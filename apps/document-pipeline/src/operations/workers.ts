import type { ConsumerOverview, StreamOverview } from 'nestjs-redis-streams';

/** A process that runs tasks, over all of its handlers; or one that has vanished with some. */
export interface WorkerState {
  /** Host and pid; of a consumer in another language its name. */
  readonly name: string;
  /** Tasks that it has been given and has not settled. */
  readonly holds: number;
  readonly slots: number;
  readonly isAlive: boolean;
  /** Since it was last heard of, in milliseconds. */
  readonly silentMs: number;
}

/** Whoever is there, also with nothing to do; and those that are not, as long as they hold tasks. */
export function workersOf(queues: readonly StreamOverview[]): WorkerState[] {
  const workers = new Map<string, WorkerState>();
  for (const consumer of queues.flatMap(({ groups }) => groups.flatMap(({ consumers }) => consumers))) {
    const { pending, slots = 0, isAlive, idleMs } = consumer;
    if (!isAlive && pending === 0) continue;
    const name = nameOf(consumer);
    const known = workers.get(name) ?? { holds: 0, slots: 0, isAlive: false, silentMs: Infinity };
    workers.set(name, {
      name,
      holds: known.holds + pending,
      slots: known.slots + slots,
      isAlive: known.isAlive || isAlive,
      silentMs: Math.min(known.silentMs, idleMs),
    });
  }
  return [...workers.values()].toSorted((a, b) => a.name.localeCompare(b.name));
}

function nameOf({ consumer, host, pid }: ConsumerOverview): string {
  return host === undefined ? consumer : `${host}:${pid}`;
}
