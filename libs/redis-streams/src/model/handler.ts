/** What the engine hands to a handler, and all that it knows of one delivery. */
export interface HandlerDelivery {
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  readonly entryId: string;
  /** Runs started on the entry, this one included; 1 at first. */
  readonly deliveryCount: number;
  readonly maxDeliveries: number;
  readonly payload: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborts on timeout, on a lost lease and at the end of the shutdown's drain time; its reason is the error that says which. */
  readonly signal: AbortSignal;
}

/** Runs one delivery: resolves when it is done, rejects when it failed. */
export type Handler = (delivery: HandlerDelivery) => Promise<unknown>;

/** A handler's failure that a pipe raised before the handler ran. Only the transport makes it, only the engine sees it. */
export class PipeRejection extends Error {
  override readonly name = 'PipeRejection';

  constructor(override readonly cause: unknown) {
    super('A pipe refused the payload.', { cause });
  }
}
