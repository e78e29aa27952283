import { METRICS } from '../catalog/catalog.js';
import type { Labels, NumberMetric } from '../catalog/metric.js';
import type { Numbers } from '../numbers/numbers.js';
import type { Buckets, GroupNumbers, StreamNumbers, TaskNumbers } from '../numbers/series.js';
import type { MeterAttributes, MeterCallback, MeterHistogram, MeterObservable, MetricsMeter } from './meter.js';
import { attributesOf } from './otel-names.js';
import type { Recorder } from './recorder.js';

const HISTOGRAMS: Readonly<Record<string, keyof Buckets>> = {
  send_duration_seconds: 'send',
  process_duration_seconds: 'process',
  wait_duration_seconds: 'wait',
  end_to_end_duration_seconds: 'endToEnd',
};

/** Tells a meter what was counted, whenever its reader asks. @returns what ends that */
export function observedBy(meter: MetricsMeter, numbers: Numbers): () => void {
  const ends = METRICS.flatMap((metric) => {
    if (metric.type === 'histogram' || !metric.twin) return [];
    const { name, read = metric.read } = metric.twin;
    const observable = observableOf(meter, metric);
    const callback: MeterCallback = (result) => {
      numbers.take();
      for (const { labels, value } of read(numbers)) result.observe(value, attributesOf(name, labels));
    };
    observable.addCallback(callback);
    return [() => observable.removeCallback(callback)];
  });
  return () => {
    for (const end of ends) end();
  };
}

function observableOf(meter: MetricsMeter, { type, help, twin }: NumberMetric): MeterObservable {
  const { name, unit, isSum } = twin!;
  const settings = { unit, description: help };
  if (type === 'counter') return meter.createObservableCounter(name, settings);
  return isSum ? meter.createObservableUpDownCounter(name, settings) : meter.createObservableGauge(name, settings);
}

/** Histograms of a meter want each value; their attributes are made once for each series. */
export class OtelRecorder implements Recorder {
  private readonly histograms: Readonly<Record<keyof Buckets, Recorded>>;

  constructor(meter: MetricsMeter, buckets: Buckets) {
    const entries = METRICS.flatMap((metric) => {
      if (metric.type !== 'histogram') return [];
      const { name, unit } = metric.twin!;
      const which = HISTOGRAMS[metric.name]!;
      const advice = { explicitBucketBoundaries: [...buckets[which]] };
      return [[which, new Recorded(name, meter.createHistogram(name, { unit, description: metric.help, advice }))]];
    });
    this.histograms = Object.fromEntries(entries) as Record<keyof Buckets, Recorded>;
  }

  sent(of: StreamNumbers, seconds: number, errorType?: string): void {
    this.histograms.send.record(of, seconds, errorType, () => ({ stream: of.stream }));
  }

  processed(of: TaskNumbers, seconds: number, errorType?: string): void {
    this.histograms.process.record(of, seconds, errorType, () => ({ ...groupLabels(of.group), task: of.task }));
  }

  waited(of: GroupNumbers, seconds: number): void {
    this.histograms.wait.record(of, seconds, undefined, () => groupLabels(of));
  }

  ended(of: GroupNumbers, seconds: number): void {
    this.histograms.endToEnd.record(of, seconds, undefined, () => groupLabels(of));
  }
}

class Recorded {
  private readonly attributes = new WeakMap<object, Map<string | undefined, MeterAttributes>>();

  constructor(
    private readonly name: string,
    private readonly histogram: MeterHistogram,
  ) {}

  record(series: object, value: number, error: string | undefined, labels: () => Labels): void {
    let byError = this.attributes.get(series);
    if (!byError) this.attributes.set(series, (byError = new Map()));
    let attributes = byError.get(error);
    if (!attributes) {
      attributes = attributesOf(this.name, { ...labels(), ...(error && { error }) });
      byError.set(error, attributes);
    }
    try {
      this.histogram.record(value, attributes);
    } catch {
      // What a meter does wrong is no task's trouble.
    }
  }
}

function groupLabels({ stream, group }: GroupNumbers): Labels {
  return { stream, group };
}
