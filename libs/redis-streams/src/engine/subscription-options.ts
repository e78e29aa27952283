import type { ResolvedHandlerOptions } from '../options/resolve-handler-options.js';

/** All that the engine knows of one stream and group that this process consumes. */
export interface SubscriptionOptions extends ResolvedHandlerOptions {
  readonly stream: string;
  readonly consumer: string;
  readonly blockMs: number;
  readonly claimForeignAfterMs: number;
  readonly abandonGroupAfterMs: number | undefined;
}
