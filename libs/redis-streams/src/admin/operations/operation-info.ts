import type { OperationInfo } from '../../model/operations/operation.js';
import type { StoredOperation } from '../../model/ports/admin/operations.js';
import { selectionOf } from './stored-spec.js';

/** As users see it. */
export function asInfo(stream: string, stored: StoredOperation): OperationInfo {
  const { id, kind, state, cursor, upTo, done, skipped, diedAgain } = stored;
  return {
    ...{ id, stream, kind, state, cursor, upTo, done, skipped, diedAgain },
    why: stored.why || undefined,
    selection: selectionOf(stored.spec),
    startedAt: new Date(stored.startedAt),
    endedAt: stored.endedAt === undefined ? undefined : new Date(stored.endedAt),
    by: stored.by || undefined,
    reason: stored.reason || undefined,
    runBy: stored.holder.split('#', 1)[0] || undefined,
    waitsFor: stored.waitsFor || undefined,
  };
}
