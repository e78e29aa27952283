import type { OperationInfo } from '../operations/operation.js';

/** A bulk action that cannot start, as another of its kind goes on for the same stream. Wait for that one, or cancel it. */
export class OperationActiveError extends Error {
  override readonly name = 'OperationActiveError';

  constructor(
    /** The one that goes on. */
    readonly operation: OperationInfo,
    call: string,
  ) {
    const { id, kind, stream, by } = operation;
    super(
      `${call}: a ${kind} of '${stream}' goes on already (${id}${by === undefined ? '' : `, started by ${by}`}). Wait for it with ` +
        `StreamOperations.ended('${stream}', '${id}'), or cancel it.`,
    );
  }
}
