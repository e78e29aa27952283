import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { METRICS } from '../catalog/catalog.js';
import type { HistogramSample, Labels, Metric } from '../catalog/metric.js';
import type { MetricsRegistry } from '../metrics-options.js';
import type { Numbers } from '../numbers/numbers.js';

interface PromValue {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

/** Marks a metric as one of ours, whichever copy of this module made it. */
const OURS = Symbol.for('nestjs-redis-streams: metric');

/**
 * A metric as prom-client's registries take it: anything that has a name and answers `get`. It reads what was counted in plain numbers, so
 * that nothing of prom-client's own is on the way of a task; and as one that throws would spoil the whole scrape, it does not throw.
 */
class PromMetric {
  readonly help: string;
  readonly type: Metric['type'];
  readonly aggregator: string;
  readonly [OURS]: Numbers;

  constructor(
    /** Registries of OpenMetrics change it. */
    public name: string,
    private readonly metric: Metric,
    private readonly numbers: Numbers,
  ) {
    this.help = metric.help;
    this.type = metric.type;
    this.aggregator = metric.together ?? (metric.isOfServer ? 'max' : 'sum');
    this[OURS] = numbers;
  }

  get() {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.values() };
  }

  /** prom-client's `resetMetrics` resets all there are: the first of ours resets all of ours. */
  reset(): void {
    this.numbers.reset();
  }

  private values(): PromValue[] {
    try {
      this.numbers.take();
      if (this.metric.type !== 'histogram') return [...this.metric.read(this.numbers)];
      return [...this.metric.read(this.numbers)].flatMap((sample) => histogramValues(this.name, sample));
    } catch {
      return [];
    }
  }
}

function histogramValues(name: string, { labels, histogram }: HistogramSample): PromValue[] {
  const { bounds, counts, sum } = histogram;
  let count = 0;
  const buckets = [...counts].map((inBucket, place) => {
    count += inBucket;
    const le = place < bounds.length ? String(bounds[place]) : '+Inf';
    return { labels: { ...labels, le }, value: count, metricName: `${name}_bucket` };
  });
  return [
    ...buckets,
    { labels, value: sum, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ];
}

/**
 * The numbers that a registry shows under a prefix: those that another application of this process registered there before, or new ones.
 * @param make makes new ones
 * @throws RedisStreamsConfigError where others have registered such a name
 */
export function registered(registry: MetricsRegistry, prefix: string, make: () => Numbers): Numbers {
  const known = registry.getSingleMetric(prefix + METRICS[0]!.name) as PromMetric | undefined;
  const numbers = known?.[OURS] ?? make();
  for (const metric of METRICS) {
    const name = prefix + metric.name;
    const there = registry.getSingleMetric(name) as PromMetric | undefined;
    if (there?.[OURS] === numbers) continue;
    if (there && !there[OURS])
      throw new RedisStreamsConfigError(
        `The registry has a metric '${name}' of somebody else's. Give RedisStreamsMetricsModule.forRoot another prefix, or a registry of its own.`,
      );
    if (there) registry.removeSingleMetric(name);
    registry.registerMetric(new PromMetric(name, metric, numbers) as never);
  }
  return numbers;
}
