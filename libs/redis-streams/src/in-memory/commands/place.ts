import { failure } from '../failures.js';
import type { StoredGroup } from '../store/stored-group.js';
import type { StoredStream } from '../store/stored-stream.js';

/** Who a command speaks for: one consumer of one group of a stream. */
export interface Place {
  readonly stream: StoredStream;
  readonly group: string;
  readonly consumer: string;
}

/** @throws RedisFailure of kind `group-missing` */
export function groupAt({ stream, group }: Omit<Place, 'consumer'>): StoredGroup {
  const found = stream.group(group);
  if (found) return found;
  const message = `NOGROUP No such key '${stream.name}' or consumer group '${group}'`;
  throw failure({ kind: 'group-missing', message });
}
