import type { RenewReply } from '../../model/ports/group.js';
import type { Holder } from '../../model/ports/settlement.js';
import { groupOf, holderOf, type StoredMember } from '../store/stored-member.js';

/** As the renew script does. */
export function renew(member: StoredMember, ids: readonly string[]): RenewReply {
  const group = groupOf(member);
  const lost = new Map<string, Holder>();
  for (const id of ids) {
    if (group.pending.get(id)?.consumer === member.consumer) group.claim(id, member.consumer);
    else lost.set(id, holderOf(member, id));
  }
  const held = ids.filter((id) => !lost.has(id));
  const { stream } = member;
  return {
    serverNow: stream.clock.now,
    lost,
    cancels: stream.tasksOf(member.group).cancelsAmong(held),
    pause: stream.pauseOf(member.group),
  };
}
