/** As much of OpenTelemetry's `Meter` as is needed: those of @opentelemetry/api 1.x have it. */
export interface MetricsMeter {
  createHistogram(name: string, options?: HistogramSettings): MeterHistogram;
  createObservableCounter(name: string, options?: InstrumentSettings): MeterObservable;
  createObservableUpDownCounter(name: string, options?: InstrumentSettings): MeterObservable;
  createObservableGauge(name: string, options?: InstrumentSettings): MeterObservable;
}

export interface InstrumentSettings {
  description?: string;
  unit?: string;
}

export interface HistogramSettings extends InstrumentSettings {
  advice?: { explicitBucketBoundaries?: number[] };
}

export type MeterAttributes = Record<string, string>;

export interface MeterHistogram {
  record(value: number, attributes?: MeterAttributes): void;
}

export interface MeterObservable {
  addCallback(callback: MeterCallback): void;
  removeCallback(callback: MeterCallback): void;
}

export type MeterCallback = (result: { observe(value: number, attributes?: MeterAttributes): void }) => void;
