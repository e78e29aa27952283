import type { Diagnosis, Fact } from '../../model/ports/admin/diagnosis.js';

/** What a server was found to be like. */
export interface ServerFacts {
  readonly place: string;
  readonly latencyMs: number;
  readonly info: Fact<Readonly<Record<string, string>>>;
  readonly appendfsync: Fact<string | undefined>;
  /** When snapshots are made; empty: never. */
  readonly save: Fact<string | undefined>;
  readonly policy: Fact<string | undefined>;
  readonly timeout: Fact<string | undefined>;
  readonly nodeBytes: Fact<string | undefined>;
  readonly nodeEntries: Fact<string | undefined>;
  readonly leastReplicas: Fact<string | undefined>;
  readonly clockAheadMs: Fact<number>;
  readonly whyNoScripts: string | undefined;
  readonly whyNoBlocking: string | undefined;
  readonly whyNoPubSub: string | undefined;
  readonly forbidden: Fact<readonly string[]>;
}

/** What workers need, with arguments that every server takes: see docs/connections.md. */
const NEEDED: readonly (readonly [string, ...string[]])[] = [
  ['XADD', 'k', '*', 'f', 'v'],
  ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'k', '>'],
  ['XACK', 'k', 'g', '0-0'],
  ['XCLAIM', 'k', 'g', 'c', '0', '0-0'],
  ['XPENDING', 'k', 'g'],
  ['XRANGE', 'k', '-', '+'],
  ['XTRIM', 'k', 'MAXLEN', '1'],
  ['XDEL', 'k', '0-0'],
  ['XINFO', 'STREAM', 'k'],
  ['XGROUP', 'DESTROY', 'k', 'g'],
  ['ZADD', 'k', '0', 'm'],
  ['HSET', 'k', 'f', 'v'],
  ['PEXPIRE', 'k', '1'],
  ['EVALSHA', 'x', '0'],
  ['PUBLISH', 'c', 'm'],
  ['SUBSCRIBE', 'c'],
];

export async function serverFacts(diagnosis: Diagnosis): Promise<ServerFacts> {
  // First alone: what does not answer is told once.
  const latencyMs = await diagnosis.latencyMs();
  return allOf<ServerFacts>({
    info: diagnosis.info(),
    appendfsync: diagnosis.config('appendfsync'),
    save: diagnosis.config('save'),
    policy: diagnosis.config('maxmemory-policy'),
    timeout: diagnosis.config('timeout'),
    nodeBytes: diagnosis.config('stream-node-max-bytes'),
    nodeEntries: diagnosis.config('stream-node-max-entries'),
    leastReplicas: diagnosis.config('min-replicas-to-write'),
    clockAheadMs: diagnosis.clockAheadMs(),
    whyNoScripts: diagnosis.whyNoScripts(),
    whyNoBlocking: diagnosis.whyNoBlocking(),
    whyNoPubSub: diagnosis.whyNoPubSub(),
    forbidden: diagnosis.forbidden(NEEDED),
    place: Promise.resolve(diagnosis.place),
    latencyMs: Promise.resolve(latencyMs),
  });
}

/** The values of promises, by the same names. */
async function allOf<T extends object>(promises: { readonly [Name in keyof T]: Promise<T[Name]> }): Promise<T> {
  const entries = Object.entries<Promise<unknown>>(promises);
  const values = await Promise.all(entries.map(([, value]) => value));
  return Object.fromEntries(entries.map(([name], n) => [name, values[n]])) as T;
}

export const NOT_ALLOWED = 'may not be asked here, as on many managed servers';

export function valueOf<T>(fact: Fact<T>): T | undefined {
  return 'value' in fact ? fact.value : undefined;
}
