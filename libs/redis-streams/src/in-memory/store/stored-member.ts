import type { Holder } from '../../model/ports/settlement.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { failure } from '../failures.js';
import type { StoredGroup } from './stored-group.js';
import type { StoredStream } from './stored-stream.js';

/** Who a command speaks for: one consumer of one group of a stream. */
export interface StoredMember {
  readonly stream: StoredStream;
  readonly group: string;
  readonly consumer: string;
  /** Any stream of the broker. */
  readonly streamOf: (name: string) => StoredStream;
}

/** @throws RedisFailure of kind `group-missing` */
export function groupOf({ stream, group }: StoredMember): StoredGroup {
  const found = stream.group(group);
  if (found) return found;
  const message = `NOGROUP No such key '${stream.name}' or consumer group '${group}'`;
  throw failure({ kind: 'group-missing', message });
}

/** Who holds an entry that its consumer does not hold as expected. */
export function holderOf(member: StoredMember, id: string): Holder {
  const pending = groupOf(member).pending.get(id);
  if (pending) return pending.consumer === RETRY_CONSUMER ? 'retry' : 'another';
  return member.stream.entries.get(id) ? 'nobody' : 'deleted';
}
