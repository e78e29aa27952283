import type { StreamMonitor } from '../admin/stream-monitor.js';
import type { EngineObserver } from '../engine/events.js';
import type { SubscriptionStatus } from '../engine/subscription-status.js';
import type { AddInterceptor } from '../tasks/adding/add-interceptors.js';
import { addObserver } from './add-observer.js';
import type { MetricsRegistry, ResolvedMetricsOptions } from './metrics-options.js';
import { Numbers } from './numbers/numbers.js';
import { observedBy, OtelRecorder } from './output/otel-metrics.js';
import { registered } from './output/prom-metrics.js';
import { lookAt } from './server/stream-look.js';
import { StreamPoller } from './server/stream-poller.js';
import { subscriptionObserver } from './subscription-observer.js';

/** What a collector asks of the application that it is part of. */
export interface Observed {
  statuses(): readonly SubscriptionStatus[];
  readonly reconnects: ReadonlyMap<string, number>;
  readonly listedStreams: readonly string[];
  readonly monitor: StreamMonitor;
}

/** Counts what one application does, and has a registry or a meter show it. */
export class Collector {
  readonly numbers: Numbers;
  readonly observer: EngineObserver;
  readonly aroundAdd: AddInterceptor;
  private readonly poller: StreamPoller | undefined;
  private readonly ends: (() => void)[];

  /** @param registry where the metrics are shown, if anywhere */
  constructor(
    { prefix, buckets, meter, server }: ResolvedMetricsOptions,
    registry: MetricsRegistry | undefined,
    observed: Observed,
  ) {
    const make = () => new Numbers(buckets);
    this.numbers = registry ? registered(registry, prefix, make) : make();
    const recorder = meter && new OtelRecorder(meter, buckets);
    this.observer = subscriptionObserver(this.numbers, recorder);
    this.aroundAdd = addObserver(this.numbers, recorder);
    this.poller = server && pollerOf(observed, server);
    const { poller } = this;
    const source = {
      statuses: () => observed.statuses(),
      reconnects: observed.reconnects,
      get server() {
        return poller?.server;
      },
    };
    this.ends = [this.numbers.attach(source), ...(meter ? [observedBy(meter, this.numbers)] : [])];
  }

  /** The application has started: from now on Redis is asked now and then. */
  start(): void {
    this.poller?.start();
  }

  /** What was counted stays, what was so goes. */
  stop(): void {
    this.poller?.stop();
    for (const end of this.ends) end();
  }
}

function pollerOf(observed: Observed, { everyMs, streams, memory }: NonNullable<ResolvedMetricsOptions['server']>) {
  const { monitor, listedStreams } = observed;
  const listed = streams ?? listedStreams.filter((name) => !name.endsWith('*'));
  return new StreamPoller({
    everyMs,
    streams: () => (streams ? listed : [...listed, ...observed.statuses().map(({ stream }) => stream)]),
    ask: (stream) => lookAt(stream, { monitor, memory }),
  });
}
