import type { SubscriptionStatus } from '../../engine/subscription-status.js';
import { ErrorTypes } from '../../model/errors/error-types.js';
import type { StreamLook } from '../server/stream-look.js';
import type { ServerLook } from '../server/stream-poller.js';
import { type Buckets, GroupNumbers, type LoopName, StreamNumbers, TaskNumbers } from './series.js';

/** What is beyond a cap, or has no name. */
export const UNMATCHED = '<unmatched>';
/** Of so many streams that are added to each has numbers of its own: their names may come from anywhere. */
const MOST_STREAMS = 500;

/** One application of this process. All of it answers at once, and none of it asks Redis. */
export interface Source {
  /** What it consumes. */
  statuses(): readonly SubscriptionStatus[];
  /** How often connections were there again after they were lost, by role. */
  readonly reconnects: ReadonlyMap<string, number>;
  /** What was last heard of the server; undefined where nobody asks. */
  readonly server: ServerLook | undefined;
}

/** What is so at this moment in one stream and group. */
export interface Gauges {
  readonly stream: string;
  readonly group: string;
  inFlight: number;
  limit: number;
  /** Until when each loop was on time, in epoch milliseconds; without those that have not begun. */
  readonly onTimeAt: Map<LoopName, number>;
}

/** What a source has counted, and was already added. */
interface Taken {
  readonly consumed: Map<string, number>;
  readonly errors: Map<string, number>;
  readonly reconnects: Map<string, number>;
  readonly unanswered: Map<string, number>;
}

/**
 * All that this process counts for one registry or meter. Applications come and go (tests, hot reload): what they counted stays, as counters
 * must not fall, and what is so at a moment is the sum of those that are there.
 */
export class Numbers {
  readonly streams = new Map<string, StreamNumbers>();
  readonly groups = new Map<string, GroupNumbers>();
  readonly tasks = new Map<string, TaskNumbers>();
  /** By role. */
  readonly reconnects = new Map<string, number>();
  /** Questions about a stream that the server did not answer. */
  readonly unanswered = new Map<string, number>();
  private readonly sources = new Map<Source, Taken>();
  private readonly errorTypes = new ErrorTypes();

  constructor(readonly buckets: Buckets) {}

  /** @returns what takes it away again */
  attach(source: Source): () => void {
    this.sources.set(source, {
      ...{ consumed: new Map(), errors: new Map(), reconnects: new Map(), unanswered: new Map() },
    });
    return () => {
      this.take();
      this.sources.delete(source);
    };
  }

  stream(name: string): StreamNumbers {
    const known = this.streams.get(name);
    if (known) return known;
    const label = this.streams.size < MOST_STREAMS ? name : UNMATCHED;
    return getOrMake(this.streams, label, () => new StreamNumbers(label, this.buckets));
  }

  group(stream: string, group: string): GroupNumbers {
    return getOrMake(this.groups, keyOf(stream, group), () => new GroupNumbers(stream, group, this.buckets));
  }

  task(stream: string, group: string, name = UNMATCHED): TaskNumbers {
    const make = () => new TaskNumbers(this.group(stream, group), name, this.buckets);
    return getOrMake(this.tasks, keyOf(stream, group, name), make);
  }

  /** The class of an error, out of a set that does not grow for ever. */
  errorType(error: unknown): string {
    return this.errorTypes.of(error);
  }

  /** Adds what sources count by themselves; what has not happened yet is there with 0. */
  take(): void {
    for (const [source, taken] of this.sources) {
      for (const { stream, group, handlerName, consumer, begun, failures } of source.statuses()) {
        this.task(stream, group, handlerName);
        const numbers = this.group(stream, group);
        this.stream(stream);
        numbers.consumed += growth(taken.consumed, keyOf(stream, group, consumer), begun);
        for (const loop of Object.keys(failures) as LoopName[])
          numbers.loopErrors[loop] += growth(taken.errors, keyOf(stream, group, consumer, loop), failures[loop]);
      }
      for (const [role, count] of source.reconnects) add(this.reconnects, role, growth(taken.reconnects, role, count));
      for (const [stream, { errors }] of source.server ?? [])
        add(this.unanswered, stream, growth(taken.unanswered, stream, errors));
    }
  }

  gauges(): Gauges[] {
    const all = new Map<string, Gauges>();
    for (const source of this.sources.keys()) {
      for (const status of source.statuses()) {
        if (status.phase === 'stopped') continue;
        const { stream, group, running, concurrency } = status;
        const make = () => ({ stream, group, inFlight: 0, limit: 0, onTimeAt: new Map<LoopName, number>() });
        const gauges = getOrMake(all, keyOf(stream, group), make);
        gauges.inFlight += running;
        gauges.limit += concurrency;
        for (const [loop, at] of onTimeAt(status))
          gauges.onTimeAt.set(loop, Math.min(at, gauges.onTimeAt.get(loop) ?? Infinity));
      }
    }
    return [...all.values()];
  }

  /** What is known of the server. Several applications may have asked about the same stream: the last answer counts. */
  looks(): StreamLook[] {
    const latest = new Map<string, StreamLook>();
    for (const { server } of this.sources.keys())
      for (const [stream, { look }] of server ?? [])
        if (look && look.at >= (latest.get(stream)?.at ?? 0)) latest.set(stream, look);
    return [...latest.values()];
  }

  reset(): void {
    this.take();
    for (const all of [this.streams, this.groups, this.tasks]) for (const numbers of all.values()) numbers.reset();
    for (const counts of [this.reconnects, this.unanswered]) for (const key of counts.keys()) counts.set(key, 0);
  }
}

/** A loop that has nothing to do, or waits as it should, is on time. */
function onTimeAt(status: SubscriptionStatus): [LoopName, number][] {
  const { phase, phaseSinceMs, readOverdueMs, running, concurrency, sinceRenewalMs, leaseMs, settling } = status;
  if (phase === 'starting') return [];
  const now = Date.now();
  const isFull = running >= concurrency;
  const readLateMs = isFull ? 0 : Math.max(0, readOverdueMs ?? 0);
  return [
    ['read', phase === 'healing' ? phaseSinceMs : now - readLateMs],
    // A lease is renewed three times before it ends.
    ['lease', now - Math.max(0, sinceRenewalMs - leaseMs / 2)],
    ['settle', now - settling.waitingMs],
  ];
}

function growth(taken: Map<string, number>, key: string, count: number): number {
  const more = count - (taken.get(key) ?? 0);
  taken.set(key, count);
  return more;
}

function add(counts: Map<string, number>, key: string, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

function keyOf(...parts: string[]): string {
  return parts.join('\0');
}

function getOrMake<Value>(all: Map<string, Value>, key: string, make: () => Value): Value {
  let value = all.get(key);
  if (value === undefined) {
    value = make();
    all.set(key, value);
  }
  return value;
}
