import type { EngineObserver } from '../engine/events.js';
import type { AroundTold } from '../engine/observers/around-told.js';
import type { AroundForward } from '../model/forward.js';
import type { AroundRun } from '../model/handler.js';
import type { AroundOperation } from '../model/operations/around-operation.js';
import type { AroundCommand } from '../redis/connections/redis-client.js';
import type { AddInterceptor } from '../tasks/adding/add-interceptors.js';

/** What an optional module has to say or to hear. All of it is optional, and what nobody has costs nothing. */
export interface Instrument {
  /** Observes the subscriptions of this process. */
  readonly observer?: EngineObserver;
  /** Stands around each call of `add` and `addBulk`. */
  readonly aroundAdd?: AddInterceptor;
  /** Stands around each run of a handler. */
  readonly aroundRun?: AroundRun;
  /** Stands around each call of `context.forward`. */
  readonly aroundForward?: AroundForward;
  /** Stands around the start of each bulk action. */
  readonly aroundOperation?: AroundOperation;
  /** Stands around what logs and the app's listeners are told of a delivery. */
  readonly aroundTold?: AroundTold;
  /** Stands around each command that is sent to Redis. One module's alone. */
  readonly aroundCommand?: AroundCommand;
}

/**
 * Where optional modules of this package (metrics, traces) put in what observes the engine, adds and runs. RedisStreamsModule exports it;
 * a module adds to it while Nest makes its providers: adds are seen from then on, subscriptions from their start, which is later.
 */
export class Instruments {
  readonly observers: EngineObserver[] = [];
  readonly aroundAdds: AddInterceptor[] = [];
  readonly aroundRuns: AroundRun[] = [];
  readonly aroundForwards: AroundForward[] = [];
  readonly aroundOperations: AroundOperation[] = [];
  readonly aroundTold: AroundTold[] = [];

  constructor(private readonly connections: { surround(around: AroundCommand): void }) {}

  add(instrument: Instrument): void {
    const { observer, aroundAdd, aroundRun, aroundForward, aroundOperation, aroundTold, aroundCommand } = instrument;
    if (observer) this.observers.push(observer);
    if (aroundAdd) this.aroundAdds.push(aroundAdd);
    if (aroundRun) this.aroundRuns.push(aroundRun);
    if (aroundForward) this.aroundForwards.push(aroundForward);
    if (aroundOperation) this.aroundOperations.push(aroundOperation);
    if (aroundTold) this.aroundTold.push(aroundTold);
    if (aroundCommand) this.connections.surround(aroundCommand);
  }
}
