import type { RenewReply } from '../../model/ports/group.js';
import type { Holder } from '../../model/ports/settlement.js';
import { holderOf } from './holder-of.js';
import { groupAt, type Place } from './place.js';

/** As the renew script does. */
export function renew(place: Place, ids: readonly string[]): RenewReply {
  const group = groupAt(place);
  const lost = new Map<string, Holder>();
  for (const id of ids) {
    if (group.pending.get(id)?.consumer === place.consumer) group.claim(id, place.consumer);
    else lost.set(id, holderOf(place, id));
  }
  return { serverNow: place.stream.clock.now, lost };
}
