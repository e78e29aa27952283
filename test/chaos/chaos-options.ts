import { parseArgs } from 'node:util';
import { type FaultKind, faultKindsOf } from './fault-kinds.js';
import { TRAFFIC_KINDS, type TrafficKind } from './traffic/kinds.js';

/** What a run is to do, complete and checked. */
export interface ChaosOptions {
  /** Three masters with a replica each, instead of one Redis. */
  readonly isCluster: boolean;
  /** How long faults happen, in milliseconds; the drain comes after it. */
  readonly runMs: number;
  readonly seed: number;
  readonly workers: number;
  readonly producers: number;
  readonly leaseMs: number;
  /** Adds per second, of all producers together. */
  readonly rate: number;
  readonly faultEveryMs: number;
  readonly kinds: readonly FaultKind[];
  /** What there is beside the plain tasks and the chats. */
  readonly traffic: readonly TrafficKind[];
  /** How long the drain may go without finishing a task, in milliseconds. */
  readonly drainMs: number;
  readonly json: boolean;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `npm run chaos -- [options]

  --cluster              three masters with a replica each, instead of one Redis
  --seconds 60           how long faults happen; the drain comes after it
  --seed 1               chooses the faults and the tasks: the same seed, the same plan
  --workers 3            worker processes; the first one reaches Redis through a proxy that breaks
  --producers 2          producer processes; the first one reaches Redis through a proxy that breaks
  --lease 3000           leaseMs of the workers
  --rate 200             adds per second
  --fault-every-ms 2500  mean time between two faults
  --kinds a,b            only these faults: ${faultKindsOf({ isCluster: false }).join(', ')};
                         with --cluster: ${faultKindsOf({ isCluster: true }).join(', ')}
  --traffic a,b          beside plain tasks and chats only this: ${TRAFFIC_KINDS.join(', ')}; or none
  --drain-seconds 40     how long the drain may go without finishing a task
  --json                 no progress on stderr
  --help

Prints one line of JSON; ends with 1 when a promise was broken, with 2 when the options are wrong.
REDIS_SERVER names the redis-server to run.`;

/** @throws UsageError for an unknown option or a bad value; undefined when help was asked for */
export function parseChaosOptions(args: readonly string[]): ChaosOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const leaseMs = integer('lease', values.lease, 200, 600_000);
  const isCluster = values.cluster;
  return {
    isCluster,
    runMs: integer('seconds', values.seconds, 1, 86_400) * 1_000,
    seed: integer('seed', values.seed, 0, 2 ** 32 - 1),
    workers: integer('workers', values.workers, 1, 32),
    producers: integer('producers', values.producers, 1, 16),
    leaseMs,
    rate: integer('rate', values.rate, 1, 20_000),
    faultEveryMs: integer('fault-every-ms', values['fault-every-ms'], 100, 3_600_000),
    kinds: namesOf('kinds', values.kinds, faultKindsOf({ isCluster })),
    traffic: values.traffic === 'none' ? [] : namesOf('traffic', values.traffic, TRAFFIC_KINDS),
    drainMs: integer('drain-seconds', values['drain-seconds'], 1, 3_600) * 1_000,
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        cluster: { type: 'boolean', default: false },
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string', default: '1' },
        workers: { type: 'string', default: '3' },
        producers: { type: 'string', default: '2' },
        lease: { type: 'string', default: '3000' },
        rate: { type: 'string', default: '200' },
        'fault-every-ms': { type: 'string', default: '2500' },
        kinds: { type: 'string' },
        traffic: { type: 'string' },
        'drain-seconds': { type: 'string', default: '40' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function integer(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, got '${text}'.`);
  }
  return value;
}

function namesOf<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (text === undefined) return known;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(known as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `--${option} takes some of ${known.join(', ')}, separated by commas, got '${unknown.join("', '")}'.`,
    );
  }
  return known.filter((name) => names.includes(name));
}
