import type { MetricsMeter } from './output/meter.js';
import { bool, integer, strings } from '../options/checks/kinds.js';
import { assertKnownKeys, fail, plainObject } from '../options/checks/option-checks.js';
import { falseOr, nested, type Option, readOptions, type TableOf, type ValuesOf } from '../options/checks/option.js';
import { LONG_BUCKETS, SHORT_BUCKETS } from './numbers/histogram.js';

/** As much of prom-client's registry as is needed: any of its versions has it, and what is like it may. */
export interface MetricsRegistry {
  getSingleMetric(name: string): unknown;
  registerMetric(metric: never): void;
  removeSingleMetric(name: string): void;
}

/** Upper bounds of the buckets of each histogram, ascending, in seconds. */
export interface BucketOptions {
  /**
   * Of `redis_streams_send_duration_seconds`. Default 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10;
   * numbers above 0, ascending.
   */
  send?: readonly number[];
  /**
   * Of `redis_streams_process_duration_seconds`. Default 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600;
   * numbers above 0, ascending.
   */
  process?: readonly number[];
  /**
   * Of `redis_streams_wait_duration_seconds`. Default 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600;
   * numbers above 0, ascending.
   */
  wait?: readonly number[];
  /**
   * Of `redis_streams_end_to_end_duration_seconds`. Default 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600;
   * numbers above 0, ascending.
   */
  endToEnd?: readonly number[];
}

/** What is asked of Redis for metrics, apart from scrapes. */
export interface ServerMetricsOptions {
  /** How often Redis is asked, in milliseconds: a scrape tells what it said last. Default 15,000; 1,000 to 3,600,000. */
  everyMs?: number;
  /** Which streams; without it those that this process has handlers for and runs, and those that the option `streams` of `RedisStreamsModule.forRoot` names. Default none. */
  streams?: readonly string[];
  /** Whether to ask for `redis_streams_memory_bytes`: some servers refuse MEMORY USAGE, and of large streams it tells what a sample makes likely. Default `false`. */
  memory?: boolean;
}

/** Options of `RedisStreamsMetricsModule.forRoot`. */
export interface RedisStreamsMetricsOptions {
  /** A registry of prom-client. Default prom-client's own default registry; where there is a `meter`, none. */
  registry?: MetricsRegistry;
  /** A meter of `@opentelemetry/api`, such as `metrics.getMeter('app')`: gets the same numbers under OpenTelemetry's names. Default none. */
  meter?: MetricsMeter;
  /** What the names in the registry begin with. Default `'redis_streams_'`; letters, digits and underscores, at most 64, no digit first. */
  prefix?: string;
  /** Metrics of the server, which are the same from each process that asks: `false` where another one does. Default on. */
  server?: false | ServerMetricsOptions;
  /** Where the buckets of histograms end. Default those that fit tasks of milliseconds as of an hour. */
  buckets?: BucketOptions;
}

const object = <Given extends object>(method: string, expected: string): Option<Given, Given | undefined> => ({
  read: (given, where) => {
    if (given === undefined) return undefined;
    if (typeof (given as Record<string, unknown> | null)?.[method] !== 'function') fail(where, expected, given);
    return given;
  },
});

const bounds = (byDefault: readonly number[]): Option<readonly number[], readonly number[]> => ({
  byDefault: byDefault.join(', '),
  allowed: 'numbers above 0, ascending',
  read: (given, where) => {
    if (given === undefined) return byDefault;
    const fits = Array.isArray(given) && given.length > 0 && given.every(isBound);
    if (!fits) fail(where, 'a list of ascending numbers above 0, in seconds', given);
    return [...given];
  },
});

function isBound(value: unknown, place: number, all: readonly number[]): boolean {
  return typeof value === 'number' && value > (all[place - 1] ?? 0) && value < Infinity;
}

const prefix: Option<string, string> = {
  byDefault: "`'redis_streams_'`",
  allowed: 'letters, digits and underscores, at most 64, no digit first',
  read: (given, where) => {
    if (given === undefined) return 'redis_streams_';
    if (typeof given !== 'string' || !/^([a-z_]\w{0,63})?$/i.test(given)) {
      fail(where, 'letters, digits and underscores, at most 64, no digit first', given);
    }
    return given;
  },
};

export const METRICS_OPTIONS = {
  registry: object<MetricsRegistry>('registerMetric', 'a registry of prom-client, as in `new Registry()`'),
  meter: object<MetricsMeter>('createHistogram', "a meter of @opentelemetry/api, as in metrics.getMeter('app')"),
  prefix,
  server: falseOr(
    nested(
      {
        everyMs: integer({ byDefault: 15_000, min: 1_000, max: 3_600_000 }),
        streams: strings(),
        memory: bool(false),
      } satisfies TableOf<ServerMetricsOptions>,
      { byDefault: 'on' },
    ),
    '{ everyMs: 15_000 }',
  ),
  buckets: nested({
    send: bounds(SHORT_BUCKETS),
    process: bounds(LONG_BUCKETS),
    wait: bounds(LONG_BUCKETS),
    endToEnd: bounds(LONG_BUCKETS),
  } satisfies TableOf<BucketOptions>),
} satisfies TableOf<RedisStreamsMetricsOptions>;

export type ResolvedMetricsOptions = ValuesOf<typeof METRICS_OPTIONS>;

/** @throws RedisStreamsConfigError for an unknown option, and for the first wrong one */
export function resolveMetricsOptions(given: RedisStreamsMetricsOptions): ResolvedMetricsOptions {
  const where = 'the options of RedisStreamsMetricsModule.forRoot';
  const options = plainObject(given, where);
  assertKnownKeys(options, Object.keys(METRICS_OPTIONS), where);
  return readOptions(METRICS_OPTIONS, options, '');
}
