import type { EngineObserver } from '../engine/events.js';
import type { Lease } from '../engine/state/deliveries/delivery.js';
import type { SubscriptionOptions } from '../engine/subscription-options.js';
import { addedAtMs } from './added-at.js';
import type { Numbers } from './numbers/numbers.js';
import type { GroupNumbers, SettledOutcome, TaskNumbers } from './numbers/series.js';
import type { Recorder } from './output/recorder.js';

/** What is known of one subscription. */
interface Watched {
  readonly group: GroupNumbers;
  readonly task: TaskNumbers;
  /** Redis's clock less performance.now's, as far as known, in milliseconds: that one nobody sets. */
  serverOffsetMs: number;
}

/**
 * Counts what happens in the subscriptions of a process.
 * @param recorder is told of each duration; undefined where nobody wants to know
 */
export function subscriptionObserver(numbers: Numbers, recorder?: Recorder): EngineObserver {
  const known = new Map<SubscriptionOptions, Watched>();
  const at = (of: SubscriptionOptions): Watched => known.get(of) ?? begin(of);
  const begin = (of: SubscriptionOptions): Watched => {
    const task = numbers.task(of.stream, of.group, of.handlerName);
    const watched = { task, group: task.group, serverOffsetMs: performance.timeOrigin };
    known.set(of, watched);
    return watched;
  };
  const heard = (of: SubscriptionOptions, serverNow: number): Watched => {
    const watched = at(of);
    watched.serverOffsetMs = serverNow - performance.now();
    return watched;
  };
  const settled = (of: SubscriptionOptions, outcome: SettledOutcome): Watched => {
    const watched = at(of);
    watched.task.settled[outcome]++;
    return watched;
  };
  const waited = (group: GroupNumbers, ms: number): void => {
    group.wait.observe(ms);
    recorder?.waited(group, ms / 1_000);
  };
  /** It has run, and that was no success. */
  const failed = ({ task }: Watched, { ranMs }: Lease, error: unknown): void => {
    if (ranMs === 0) return;
    task.error.observe(ranMs);
    recorder?.processed(task, ranMs / 1_000, numbers.errorType(error));
  };
  const ok = ({ task }: Watched, { ranMs }: Lease): void => {
    if (ranMs === 0) return;
    task.ok.observe(ranMs);
    recorder?.processed(task, ranMs / 1_000);
  };
  /** With it ends the life of what was redriven or replayed, of which there is one end. */
  const ended = ({ group }: Watched, { entryId, life }: Lease, serverNow: number): void => {
    const ms = Math.max(0, serverNow - (life ? life.at : addedAtMs(entryId)));
    group.endToEnd.observe(ms);
    recorder?.ended(group, ms / 1_000);
    if (!life) return;
    if (life.redrives > 0) group.redriven++;
    else group.replayed++;
  };
  return {
    delivered: ({ entries, serverNow }, of) => {
      const { group } = heard(of, serverNow);
      for (const { id } of entries) waited(group, Math.max(0, serverNow - addedAtMs(id)));
    },
    revived: ({ life, serverNow }, of) => waited(heard(of, serverNow).group, Math.max(0, serverNow - life.at)),
    completed: ({ leases }, of) => {
      const watched = at(of);
      const now = nowAt(watched);
      watched.task.settled.completed += leases.length;
      for (const lease of leases) {
        ok(watched, lease);
        ended(watched, lease, now);
        if (lease.forwards) for (const { stream } of lease.forwards) numbers.stream(stream).sent++;
      }
    },
    retryScheduled: ({ lease, verdict: { because, error } }, of) => {
      const watched = settled(of, 'retried');
      // The handler wanted it.
      if (because === 'postponed') ok(watched, lease);
      else failed(watched, lease, error);
    },
    deadLettered: ({ lease, verdict: { reason, error } }, of) => {
      const watched = settled(of, 'dead_lettered');
      watched.group.deadLettered[reason]++;
      failed(watched, lease, error);
      ended(watched, lease, nowAt(watched));
    },
    ended: ({ lease, verdict: { state, error } }, of) => {
      const watched = settled(of, state);
      failed(watched, lease, error);
      ended(watched, lease, nowAt(watched));
    },
    handedBack: (_event, of) => void settled(of, 'released'),
    leaseLost: ({ learnedBy }, of) => {
      const { group } = settled(of, 'lease_lost');
      if (learnedBy === 'settlement') group.stale++;
    },
    groupLost: (_event, of) => void settled(of, 'lease_lost'),
    takenOver: (_event, of) => void at(of).group.takenOver++,
  };
}

/** By Redis's clock. */
function nowAt({ serverOffsetMs }: Watched): number {
  return performance.now() + serverOffsetMs;
}
