export { RedisStreamsMetricsModule } from './module/redis-streams-metrics.module.js';
export type {
  BucketOptions,
  MetricsRegistry,
  RedisStreamsMetricsOptions,
  ServerMetricsOptions,
} from './metrics/metrics-options.js';
export type { MetricsMeter } from './metrics/output/meter.js';
