import type { Ownership } from '../../../model/ports/settlement.js';
import { groupOf, type StoredMember } from '../../store/stored-member.js';

/** Whether the consumer has the entry at that delivery count; then its lease is renewed. */
export function holds(member: StoredMember, { entryId, deliveryCount }: Ownership): boolean {
  const group = groupOf(member);
  const held = group.pending.get(entryId);
  if (held?.consumer !== member.consumer || held.deliveryCount !== deliveryCount) return false;
  return group.claim(entryId, member.consumer) !== undefined;
}
