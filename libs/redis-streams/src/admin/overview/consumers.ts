import { GONE_AFTER_MS, PRESENT_FOR_MS } from '../../model/policy/presence-rule.js';
import type { ConsumerLook } from '../../model/ports/queries.js';
import { leaseInName, processInConsumerName } from '../../wire/consumer-name.js';
import type { ConsumerOverview } from './stream-overview.js';

/** @param now by the server's clock, in epoch milliseconds */
export function consumerOverview(look: ConsumerLook, now: number): ConsumerOverview {
  const { name, pending, slots, stuck, presentUntil, hasHeard } = look;
  // What it said last, and when it last asked for something.
  const saidMs = presentUntil === undefined ? Infinity : Math.max(0, now - (presentUntil - PRESENT_FOR_MS));
  const idleMs = Math.min(look.idleMs ?? Infinity, saidMs);
  const said = { slots, stuck, isAlive: isAlive(look, now), hasHeard };
  return { consumer: name, pending, idleMs, ...processInConsumerName(name), ...said };
}

function isAlive({ name, pending, idleMs = 0, presentUntil }: ConsumerLook, now: number): boolean {
  const lease = leaseInName(name);
  // Whoever lives renews what it holds.
  if (lease !== undefined && pending > 0 && idleMs >= lease) return false;
  if (presentUntil !== undefined && now < presentUntil) return true;
  return lease !== undefined && pending > 0 ? true : idleMs < GONE_AFTER_MS;
}
