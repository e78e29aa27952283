import type { Histogram } from '../numbers/histogram.js';
import type { Numbers } from '../numbers/numbers.js';

export type Labels = Readonly<Record<string, string>>;

/** One number of a metric. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels: Labels;
  readonly histogram: Histogram;
}

/** The same under OpenTelemetry's names. */
export interface Twin {
  readonly name: string;
  /** As UCUM writes it. */
  readonly unit: string;
  /** A sum over processes makes sense, though it falls and rises. */
  readonly isSum?: true;
  /** Where it has other attributes than labels say. */
  readonly read?: (numbers: Numbers) => Iterable<Sample>;
}

interface Told {
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** What is so on the server, and the same from whichever process. */
  readonly isOfServer?: true;
  readonly twin?: Twin;
  /** How the same of several processes is put together where somebody does (prom-client's cluster). Default their sum, of the server the greatest. */
  readonly together?: 'min' | 'first';
}

export interface NumberMetric extends Told {
  readonly type: 'counter' | 'gauge';
  readonly read: (numbers: Numbers) => Iterable<Sample>;
}

export interface HistogramMetric extends Told {
  readonly type: 'histogram';
  readonly read: (numbers: Numbers) => Iterable<HistogramSample>;
}

export type Metric = NumberMetric | HistogramMetric;
