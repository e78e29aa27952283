import type { GroupState, RunningEntry } from '../../model/groups/group-state.js';
import type { GroupKey, GroupLook, WorkerLook } from '../../model/ports/admin/groups.js';

/** @param foreignLeaseMs for how long an entry of a consumer that is not ours counts as running */
export function groupStateOf(key: GroupKey, look: GroupLook, foreignLeaseMs: number): GroupState {
  const running = look.workers.flatMap((worker) => runningOf(worker, foreignLeaseMs));
  const pending = look.workers.reduce((sum, worker) => sum + worker.pending, 0);
  return {
    ...key,
    pause: look.pause,
    running,
    leftBehind: pending - running.length,
    retryScheduled: look.retryScheduled,
    workers: look.workers.map(({ entries: _entries, leaseMs: _leaseMs, ...worker }) => worker),
  };
}

function runningOf({ consumer, leaseMs, entries }: WorkerLook, foreignLeaseMs: number): RunningEntry[] {
  return entries
    .filter(({ idleMs }) => idleMs < (leaseMs ?? foreignLeaseMs))
    .map(({ id, deliveryCount, idleMs }) => ({ entryId: id, consumer, deliveryCount, renewedMsAgo: idleMs }));
}
