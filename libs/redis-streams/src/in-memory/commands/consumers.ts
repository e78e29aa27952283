import { REMOVED_AFTER } from '../../model/policy/lease-rule.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { leaseInName } from '../../wire/consumer-name.js';
import { groupOf, type StoredMember } from '../store/stored-member.js';

/** Removes dead consumers, as the script of that name does. @returns their names */
export function pruneConsumers(member: StoredMember, silenceMs: number): string[] {
  const { pending, seenAt } = groupOf(member);
  const { now } = member.stream.clock;
  const holders = new Set(pending.holders());
  const dead = [...seenAt].filter(([name, at]) => {
    const lease = leaseInName(name);
    if (lease === undefined || name === member.consumer || holders.has(name)) return false;
    return now - at >= Math.max(REMOVED_AFTER * lease, silenceMs);
  });
  for (const [name] of dead) seenAt.delete(name);
  return dead.map(([name]) => name);
}

/** Hands back what the consumer holds and removes it, as the script of that name does. @returns how many entries those were */
export function leave(member: StoredMember): number {
  const { stream, group, consumer } = member;
  const found = groupOf(member);
  const held = found.pending.rows(consumer);
  for (const { id, deliveryCount } of held) {
    found.claim(id, RETRY_CONSUMER, { deliveryCount: Math.max(deliveryCount - 1, 0) });
    stream.retriesOf(group).set(id, stream.clock.now);
  }
  found.seenAt.delete(consumer);
  return held.length;
}
