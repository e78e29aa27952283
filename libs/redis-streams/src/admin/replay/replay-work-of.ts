import type { StoredOperation } from '../../model/ports/admin/operations.js';
import type { OperationWork } from '../operations/work/operation-work.js';
import { type CopyParts, CopyWork } from './copy-work.js';
import type { ReplaySpec } from './replay-spec.js';
import { ReplayWork } from './replay-work.js';

/** In place, or copied. */
export function replayWork(parts: CopyParts, stream: string, operation: StoredOperation): OperationWork {
  const { copyTo } = JSON.parse(operation.spec) as ReplaySpec;
  return copyTo === undefined ? new ReplayWork(parts, stream, operation) : new CopyWork(parts, stream, operation);
}
