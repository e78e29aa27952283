import { readFileSync } from 'node:fs';
import type { Metric } from './metric.js';
import { PROCESS_METRICS } from './process-metrics.js';
import { SERVER_METRICS } from './server-metrics.js';

interface Package {
  readonly version: string;
}

let own: Package | undefined;

/** Of this package. */
function ownVersion(): string {
  own ??= JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as Package;
  return own.version;
}

/** All metrics there are, in the order in which they are told. docs/metrics.md is written from it. */
export const METRICS: readonly Metric[] = [
  ...PROCESS_METRICS,
  ...SERVER_METRICS,
  {
    name: 'build_info',
    type: 'gauge',
    labels: ['version'],
    together: 'first',
    help: 'Always 1, with the version of nestjs-redis-streams.',
    read: () => [{ labels: { version: ownVersion() }, value: 1 }],
  },
];
