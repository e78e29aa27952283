import type { ResolvedHandlerOptions } from '../options/resolve-handler-options.js';

/** All that the engine knows of one stream and group that this process consumes. */
export interface SubscriptionOptions extends ResolvedHandlerOptions {
  readonly stream: string;
  readonly consumer: string;
  /** What the handler is called in the app's code, where that is known. */
  readonly handlerName?: string | undefined;
  readonly blockMs: number;
  readonly claimForeignAfterMs: number;
  readonly abandonGroupAfterMs: number | undefined;
}
