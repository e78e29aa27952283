import type { OperationKind, OperationState } from '../../model/operations/operation.js';
import type { StoredOperation } from '../../model/ports/admin/operations.js';

/** The fields of `{stream}:operations:<id>`, the hash of a bulk action. Times are epoch milliseconds by Redis's clock. */
export const OPERATION_RECORD = {
  kind: 'kind',
  state: 'state',
  why: 'why',
  spec: 'spec',
  cursor: 'cursor',
  upTo: 'up-to',
  startedAt: 'started',
  endedAt: 'ended',
  by: 'by',
  reason: 'reason',
  holder: 'holder',
  /** When its holder said last that it goes on. */
  heardAt: 'heard',
  waitsFor: 'waits-for',
  /** 1 where it is the only one of its kind. */
  isOnly: 'only',
  done: 'done',
  /** What the field begins with that counts those that were left out; the cause follows. */
  skipped: 'skipped:',
  diedAgain: 'died',
  diedUpTo: 'died-up-to',
  /** Both as they were when it was resumed last: what came before is known to who resumed it. */
  doneBefore: 'done-before',
  diedBefore: 'died-before',
} as const;

/** @param flat the hash: names and values in turn; empty where there is none */
export function readOperation(id: string, flat: readonly string[]): StoredOperation | undefined {
  if (flat.length === 0) return undefined;
  const fields: Record<string, string> = {};
  const skipped: Record<string, number> = {};
  const names = OPERATION_RECORD;
  for (let i = 0; i < flat.length; i += 2) {
    const [name, value] = [flat[i]!, flat[i + 1]!];
    if (name.startsWith(names.skipped)) skipped[name.slice(names.skipped.length)] = Number(value);
    else fields[name] = value;
  }
  const text = (name: string) => fields[name] ?? '';
  const count = (name: string) => Number(fields[name] ?? 0);
  return {
    id,
    kind: text(names.kind) as OperationKind,
    state: text(names.state) as OperationState,
    why: text(names.why),
    spec: text(names.spec),
    cursor: text(names.cursor),
    upTo: text(names.upTo),
    startedAt: count(names.startedAt),
    endedAt: fields[names.endedAt] === undefined ? undefined : count(names.endedAt),
    by: text(names.by),
    reason: text(names.reason),
    holder: text(names.holder),
    waitsFor: text(names.waitsFor),
    done: count(names.done),
    skipped,
    diedAgain: count(names.diedAgain),
    diedUpTo: text(names.diedUpTo),
  };
}
