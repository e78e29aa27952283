import type { OperationKind } from './operation.js';

/** A bulk action that is about to be started. */
export interface OperationCall {
  readonly kind: OperationKind;
  readonly stream: string;
  readonly id: string;
  /** What goes with each task that it gives another life, beside the task's own headers. Whoever stands around the start may add to it until that proceeds. */
  readonly headers: Record<string, string>;
}

/** Stands around the start of each bulk action. It calls `proceed` once, and returns what that does. */
export type AroundOperation = <Result>(call: OperationCall, proceed: () => Promise<Result>) => Promise<Result>;
