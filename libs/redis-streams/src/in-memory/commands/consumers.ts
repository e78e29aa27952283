import type { WithholdReply } from '../../model/ports/group.js';
import { REMOVED_AFTER } from '../../model/policy/lease-rule.js';
import { leaseInName, RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { PendingEntry } from '../store/pending-list.js';
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

/** Hands back what is not started where the group is paused, as the script of that name does. */
export function withhold(member: StoredMember, ids: readonly string[]): WithholdReply {
  const { stream, group, consumer } = member;
  const pause = stream.pauseOf(group);
  const held = pause ? groupOf(member).pending.rows(consumer) : [];
  handBack(
    member,
    held.filter(({ id }) => ids.includes(id)),
  );
  return { serverNow: stream.clock.now, pause };
}

/** Hands back what the consumer holds and removes it, as the script of that name does. @returns how many entries those were */
export function leave(member: StoredMember): number {
  const found = groupOf(member);
  const held = found.pending.rows(member.consumer);
  handBack(member, held);
  found.seenAt.delete(member.consumer);
  return held.length;
}

function handBack(member: StoredMember, held: readonly PendingEntry[]): void {
  const { stream, group } = member;
  for (const { id, deliveryCount } of held) {
    groupOf(member).claim(id, RETRY_CONSUMER, { deliveryCount: Math.max(deliveryCount - 1, 0) });
    stream.retriesOf(group).set(id, stream.clock.now);
  }
}
