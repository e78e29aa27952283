import { afterEach, beforeEach, vi } from 'vitest';
import type {
  EngineEvent,
  EngineEventOf,
  EngineEventType,
  EngineObserver,
} from '../../libs/redis-streams/src/engine/events.js';
import type { RunSetting } from '../../libs/redis-streams/src/engine/state/deliveries/delivery.js';
import { SuspectPlace } from '../../libs/redis-streams/src/engine/state/suspect-place.js';
import type { SubscriptionOptions } from '../../libs/redis-streams/src/engine/subscription-options.js';
import { Subscription } from '../../libs/redis-streams/src/engine/subscription.js';
import { InMemoryBroker } from '../../libs/redis-streams/src/in-memory/in-memory-broker.js';
import type { ForwardEncoder } from '../../libs/redis-streams/src/model/forward.js';
import type { Handler, HandlerDelivery } from '../../libs/redis-streams/src/model/handler.js';
import type { Log } from '../../libs/redis-streams/src/model/log.js';
import type { Promotion } from '../../libs/redis-streams/src/model/ports/tasks/delayed.js';
import { resolveHandlerOptions } from '../../libs/redis-streams/src/options/resolve-handler-options.js';

/** A clock that stands until a spec lets time pass, and no chance. Turns end as usual: `process.nextTick` is not faked. */
export function useFakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}

/** Lets so many milliseconds pass, and all run that comes of it; 0: all that is ready. */
export async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** Whether a promise has settled once all that is ready has run. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => void (settled = true);
  promise.then(note, note);
  await pass();
  return settled;
}

/** What a worker named `me` knows of the stream 'orders', with a lease of 30 s and retries after 1 s, 2 s, 4 s. */
export function subscriptionOptions(given: Partial<SubscriptionOptions> = {}): SubscriptionOptions {
  const defaults = resolveHandlerOptions({}, {}, 'spec');
  const backoff = { initialMs: 1_000, factor: 2, maxMs: 300_000, jitter: 0 };
  return {
    ...defaults,
    retry: { ...defaults.retry, backoff },
    ...{ stream: 'orders', consumer: `me@${given.leaseMs ?? defaults.leaseMs}ms` },
    ...{ blockMs: 5_000, claimForeignAfterMs: 300_000, abandonGroupAfterMs: undefined },
    ...given,
  };
}

/** What runs share where none of them writes anything. */
export function runSetting(options = subscriptionOptions()): RunSetting {
  return { options, output: { writer: noWriter }, forwardEncoder, once: { do: noWriter } };
}

/** Makes one field of a payload. */
export const forwardEncoder: ForwardEncoder = {
  encode: (_source, { stream, payload }) => ({ stream, fields: ['payload', JSON.stringify(payload)] }),
};

function noWriter(): never {
  throw new Error('nothing is written in this spec');
}

/** Remembers all that happens, in its order. */
export class EventRecord {
  readonly all: EngineEvent[] = [];
  /** Wants everything. */
  readonly observer = new Proxy({}, { get: () => (event: EngineEvent) => this.all.push(event) }) as EngineObserver;

  of<T extends EngineEventType>(type: T): EngineEventOf<T>[] {
    return this.all.filter((event): event is EngineEventOf<T> => event.type === type);
  }

  get types(): EngineEventType[] {
    return this.all.map(({ type }) => type);
  }
}

interface HeldRun {
  readonly delivery: HandlerDelivery;
  resolve(result?: unknown): void;
  reject(error: unknown): void;
}

/** A handler whose runs end when a spec ends them. */
export class HeldRuns {
  private readonly underWay = new Map<string, HeldRun>();
  /** Ids of the entries in the order in which their runs began. */
  readonly begun: string[] = [];

  readonly handler: Handler = (delivery) =>
    new Promise((resolve, reject) => {
      this.begun.push(delivery.entryId);
      this.underWay.set(delivery.entryId, { delivery, resolve, reject });
    });

  /** Entries whose handlers are at work. */
  get ids(): string[] {
    return [...this.underWay.keys()];
  }

  delivery(id: string): HandlerDelivery {
    return this.underWay.get(id)!.delivery;
  }

  async end(id: string, result?: unknown): Promise<void> {
    this.take(id).resolve(result);
    await pass();
  }

  async endAll(): Promise<void> {
    for (const id of this.ids) this.take(id).resolve();
    await pass();
  }

  async fail(id: string, error: unknown = new Error('no luck')): Promise<void> {
    this.take(id).reject(error);
    await pass();
  }

  private take(id: string): HeldRun {
    const run = this.underWay.get(id);
    if (!run) throw new Error(`Nothing runs on ${id}, only on ${this.ids.join(', ')}.`);
    this.underWay.delete(id);
    return run;
  }
}

export interface WorkerParts {
  readonly broker?: InMemoryBroker;
  readonly options?: Partial<SubscriptionOptions>;
  readonly handler?: Handler;
  /** Shared by the subscriptions of a process. */
  readonly suspects?: SuspectPlace;
  readonly promotion?: Promotion;
}

/** A subscription on the broker in memory, and what specs look at. */
export class TestWorker {
  readonly broker: InMemoryBroker;
  readonly options: SubscriptionOptions;
  readonly events = new EventRecord();
  /** What runs where no handler is given. */
  readonly runs = new HeldRuns();
  readonly subscription: Subscription;

  constructor({ broker = new InMemoryBroker(), options, handler, suspects, promotion }: WorkerParts = {}) {
    this.broker = broker;
    this.options = subscriptionOptions(options);
    const observers = [this.events.observer];
    const context = { broker, observers, suspects: suspects ?? new SuspectPlace(), promotion, forwardEncoder };
    this.subscription = new Subscription(this.options, handler ?? this.runs.handler, context);
  }

  get stream() {
    return this.broker.stream(this.options.stream);
  }

  get group() {
    return this.stream.group(this.options.group)!;
  }

  /** What is pending: id, owner and delivery count in one text each. */
  get pending(): string[] {
    return this.group.held.map(({ id, consumer, deliveryCount }) => `${id} ${consumer.split('@')[0]} ${deliveryCount}`);
  }

  async start(): Promise<void> {
    await this.subscription.start();
    await pass();
  }

  /** Stops it. @returns how long that took; undefined when it has not ended after a minute */
  async stop(budgetMs = 10_000): Promise<number | undefined> {
    const from = performance.now();
    let tookMs: number | undefined;
    void this.subscription.stop(budgetMs).then(() => (tookMs = performance.now() - from));
    await pass(60_000);
    return tookMs;
  }

  /** Adds entries with these ids. */
  async add(...ids: string[]): Promise<void> {
    for (const id of ids) this.stream.add(['n', '1'], id);
    await pass();
  }

  /** Another worker of the group reads so many entries, and is never heard of again. */
  async readAndDie(count: number, consumer = 'dead@30000ms'): Promise<void> {
    const reader = this.broker.reader({ ...this.options, consumer });
    await reader.connect();
    await reader.read(count, 0);
    reader.close();
  }
}

/** One that has started. */
export async function startedWorker(parts?: WorkerParts): Promise<TestWorker> {
  const worker = new TestWorker(parts);
  await worker.start();
  return worker;
}

/** A log that keeps its lines, each after its level. */
export function recordedLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (level: keyof Log) => (message: string) => void lines.push(`${level}: ${message}`);
  return { lines, debug: keep('debug'), log: keep('log'), warn: keep('warn'), error: keep('error') };
}
