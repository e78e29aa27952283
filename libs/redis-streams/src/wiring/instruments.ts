import type { EngineObserver } from '../engine/events.js';
import type { AroundRun } from '../model/handler.js';
import type { AddInterceptor } from '../tasks/adding/add-interceptors.js';

/** What an optional module has to say or to hear. All of it is optional, and what nobody has costs nothing. */
export interface Instrument {
  /** Observes the subscriptions of this process. */
  readonly observer?: EngineObserver;
  /** Stands around each call of `add` and `addBulk`. */
  readonly aroundAdd?: AddInterceptor;
  /** Stands around each run of a handler. */
  readonly aroundRun?: AroundRun;
}

/**
 * Where optional modules of this package (metrics, traces) put in what observes the engine, adds and runs. RedisStreamsModule exports it;
 * a module adds to it while Nest makes its providers: adds are seen from then on, subscriptions from their start, which is later.
 */
export class Instruments {
  readonly observers: EngineObserver[] = [];
  readonly aroundAdds: AddInterceptor[] = [];
  readonly aroundRuns: AroundRun[] = [];

  add({ observer, aroundAdd, aroundRun }: Instrument): void {
    if (observer) this.observers.push(observer);
    if (aroundAdd) this.aroundAdds.push(aroundAdd);
    if (aroundRun) this.aroundRuns.push(aroundRun);
  }
}
