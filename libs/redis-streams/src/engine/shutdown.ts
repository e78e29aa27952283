import { ShutdownError } from '../model/errors/errors.js';
import type { Broker } from '../model/ports/broker.js';
import type { Group } from '../model/ports/group.js';
import type { Reader } from '../model/ports/reader.js';
import type { Turn } from '../timing/turn.js';
import { withTimeout } from '../timing/with-timeout.js';
import type { EngineEvents } from './events.js';
import type { ReadLoop } from './loop/read-loop.js';
import type { Output } from './output/output.js';
import type { Runner } from './runs/runner.js';
import type { Settlement } from './runs/settlement.js';
import type { Deliveries } from './state/deliveries/deliveries.js';
import type { ConsumerPruner } from './upkeep/consumer-pruner.js';
import type { HistoryTrimmer } from './upkeep/history-trimmer.js';
import type { LeaseKeeper } from './upkeep/lease-keeper.js';
import type { Presence } from './upkeep/presence.js';

/** The parts of a subscription that have to do with its end. */
export interface Stoppable {
  readonly group: Group;
  readonly loop: ReadLoop;
  readonly deliveries: Deliveries;
  readonly runner: Runner;
  readonly settlement: Settlement;
  readonly output: Output;
  readonly leases: LeaseKeeper;
  readonly history: HistoryTrimmer;
  readonly pruner: ConsumerPruner;
  readonly presence: Presence;
  readonly reader: Reader;
  readonly events: EngineEvents;
  readonly turn: Turn;
}

/** How long aborted handlers may take to notice, at the end of the drain time, before their entries are handed back. */
const ABORT_NOTICE_MS = 500;
const STOP_READING_WITHIN_MS = 2_500;
/** The same while there is no Redis to answer. */
const AWAY_MS = 100;
/** What each step of a stop gets at least, even when the budget is used up. */
const LEAST_STEP_MS = 1_000;

/**
 * Stops a subscription in phases, with one budget: stop reading → let handlers end → abort the rest → settle → hand back what is
 * left, uncounted, for others to run at once. Never rejects; what cannot be handed back is taken over when its lease ends.
 */
export async function stopInPhases(parts: Stoppable & { readonly broker: Broker }, budgetMs: number): Promise<void> {
  const { broker, loop, deliveries, runner, settlement, output, leases, history, pruner, presence, reader } = parts;
  const deadline = performance.now() + budgetMs;
  const leftMs = () => Math.max(LEAST_STEP_MS, deadline - performance.now());
  // A loop that waits for an answer from Redis may not end; what arrives late starts nothing any more.
  await withTimeout(broker.isReady ? STOP_READING_WITHIN_MS : AWAY_MS, loop.stop());
  await handlersEnded(parts, deadline - performance.now());
  if (!deliveries.isIdle) {
    runner.abortAll(new ShutdownError('The application stops and its drain time is over.'));
    await handlersEnded(parts, ABORT_NOTICE_MS);
  }
  await withTimeout(leftMs(), settlement.drained());
  settlement.close();
  output.close();
  leases.stop();
  history.stop();
  pruner.stop();
  presence.stop();
  // What is held is worth waiting for Redis; for a leave-taking alone it only need be there.
  if (deliveries.leases.size > 0) await withTimeout(leftMs(), leave(parts));
  else if (broker.isReady) await withTimeout(Math.min(leftMs(), STOP_READING_WITHIN_MS), leave(parts));
  runner.close();
  reader.close();
}

async function handlersEnded({ deliveries, turn }: Stoppable, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!deliveries.isIdle) {
    const left = deadline - performance.now();
    if (left <= 0) return;
    await withTimeout(left, turn.ended());
  }
}

async function leave({ group, deliveries, events, history }: Stoppable): Promise<void> {
  // Those that end from now on are not settled any more.
  const cutOff = [...deliveries.leases].filter(({ run }) => run);
  try {
    const handedBack = await group.leave();
    for (const lease of cutOff) events.emit({ type: 'handedBack', lease });
    const count = handedBack - cutOff.length;
    if (count > 0) events.emit({ type: 'unstartedHandedBack', count });
    await history.close();
  } catch {
    // No group or no Redis: there is nothing to hand back, or others will find it.
  }
}
