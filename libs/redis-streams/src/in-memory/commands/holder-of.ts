import type { Holder } from '../../model/ports/settlement.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { groupAt, type Place } from './place.js';

/** Who holds an entry that its consumer does not hold as expected. */
export function holderOf(place: Place, id: string): Holder {
  const pending = groupAt(place).pending.get(id);
  if (pending) return pending.consumer === RETRY_CONSUMER ? 'retry' : 'another';
  return place.stream.entries.get(id) ? 'nobody' : 'deleted';
}
