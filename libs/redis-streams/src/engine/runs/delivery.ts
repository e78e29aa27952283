import type { Deadline } from '../../timing/deadline-queue.js';
import { NO_HEADERS } from '../../model/entry.js';
import type { HandlerDelivery } from '../../model/handler.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/**
 * One run of a handler on one entry, from claim to settlement.
 *
 *   running ──► settling ──► (gone)        the usual way
 *      └──────► forsaken ──► (gone)        timed out, or the lease was lost: it goes on, but may not settle
 */
export class Delivery implements HandlerDelivery {
  state: 'running' | 'settling' | 'forsaken' = 'running';
  /** Where its DeliverySet has it; nobody else's business. */
  position = -1;
  /** When Timeouts looks at it next; nobody else's business. */
  deadline: Deadline | undefined;
  isIntercepted = false;
  onStuck: (() => void) | undefined;
  payload: unknown;
  headers: Readonly<Record<string, string>> = NO_HEADERS;
  /** When the same entry was last delivered again while it runs here, on performance.now's clock. */
  givenAgainAt: number | undefined;
  private controller: AbortController | undefined;

  constructor(
    private readonly options: SubscriptionOptions,
    readonly entryId: string,
    /** Changes when the same entry is delivered again while it runs here: the run goes on under the new count. */
    public deliveryCount: number,
    /** On performance.now's clock. */
    readonly startedAt: number,
  ) {}

  /** When this process heard last that the entry is its own. */
  get givenAt(): number {
    return this.givenAgainAt ?? this.startedAt;
  }

  get stream(): string {
    return this.options.stream;
  }

  get group(): string {
    return this.options.group;
  }

  get consumer(): string {
    return this.options.consumer;
  }

  get maxDeliveries(): number {
    return this.options.retry.maxDeliveries;
  }

  get signal(): AbortSignal {
    // Made on demand: most handlers never look, and a controller costs more than the rest of a delivery.
    return (this.controller ??= new AbortController()).signal;
  }

  get isAborted(): boolean {
    return this.controller?.signal.aborted ?? false;
  }

  abort(reason: Error): void {
    (this.controller ??= new AbortController()).abort(reason);
  }
}
