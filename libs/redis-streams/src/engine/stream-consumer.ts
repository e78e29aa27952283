import type { ForwardEncoder } from '../model/forward.js';
import { type AroundRun, type Handler, surrounded } from '../model/handler.js';
import { consumerName } from '../wire/consumer-name.js';
import { RedisUnavailableError } from '../model/errors/errors.js';
import type { ResolvedHandlerOptions } from '../options/resolve-handler-options.js';
import type { ResolvedRedisStreamsOptions } from '../options/resolve-options.js';
import type { RetryPolicy } from '../model/policy/retry-policy.js';
import { failureText, originalError, remedyFor } from '../model/ports/redis-failure.js';
import { checkedBackoff } from '../model/policy/checked-backoff.js';
import { KEPT_FOR_THE_BLOCKED } from '../model/policy/lease-rule.js';
import type { Doorbell, DoorbellListener, Ring } from '../model/ports/tasks/doorbell.js';
import type { Broker, LeaseKeeping } from '../model/ports/broker.js';
import type { Promotion } from '../model/ports/tasks/delayed.js';
import type { Log } from '../model/log.js';
import { reachRedis } from './reach-redis.js';
import type { EngineObserver } from './events.js';
import { type AroundTold, toldWithin } from './observers/around-told.js';
import { deliveryLog } from './observers/delivery-log.js';
import type { EventListeners } from './observers/event-listeners.js';
import { listenerObserver } from './observers/listener-observer.js';
import { safeLog } from './observers/safe-log.js';
import { subscriptionLog } from './observers/subscription-log.js';
import { SuspectPlace } from './state/suspect-place.js';
import { withTimeout } from '../timing/with-timeout.js';
import { Subscription } from './subscription.js';
import type { SubscriptionStatus } from './subscription-status.js';

/** A handler and where its entries come from. */
export interface ConsumerHandler {
  readonly stream: string;
  readonly options: ResolvedHandlerOptions;
  readonly handler: Handler;
  /** What it is called in the app's code. */
  readonly handlerName?: string;
}

type ConsumerOptions = Pick<
  ResolvedRedisStreamsOptions,
  'blockMs' | 'claimForeignAfterMs' | 'abandonGroupAfterMs' | 'startupTimeoutMs' | 'shutdownTimeoutMs'
>;

export interface StreamConsumerParts {
  readonly broker: Broker;
  readonly listeners: EventListeners;
  readonly log: Log;
  readonly forwardEncoder: ForwardEncoder;
  /** Tells of requests to cancel what runs here; without one the next renewal does. */
  readonly doorbell?: Doorbell | undefined;
  /** Lets delayed tasks enter the streams that are consumed. */
  readonly promotion?: Promotion | undefined;
  /** What optional modules have put in, looked at when the consumer starts. */
  readonly instruments?: ConsumerInstruments | undefined;
}

export interface ConsumerInstruments {
  readonly observers: readonly EngineObserver[];
  readonly aroundRuns: readonly AroundRun[];
  /** Around what the app's listeners and logs are told. */
  readonly aroundTold?: readonly AroundTold[];
}

/** What listeners of the last outcomes get at least, even when the drain used up the budget. */
const LISTENERS_LEAST_MS = 1_000;

/** Why nothing is consumed although there are handlers, and for how long. */
export interface Idleness {
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
}

/** All subscriptions of a process. Start once; after stop it stays stopped. */
export class StreamConsumer {
  private subscriptions: readonly Subscription[] = [];
  private stopped: Promise<void> | undefined;
  private idle: Idleness | undefined;
  private leaseThread: LeaseKeeping | undefined;
  private stopListening: () => void = () => {};
  private readonly parts: StreamConsumerParts;

  constructor(
    private readonly options: ConsumerOptions,
    private readonly processName: string,
    parts: StreamConsumerParts,
  ) {
    this.parts = { ...parts, log: safeLog(parts.log) };
  }

  /**
   * Connects, creates missing groups and starts to consume.
   * @throws RedisUnavailableError when Redis does not answer within `startupTimeoutMs`, or refuses: it says what to do
   */
  async start(handlers: readonly ConsumerHandler[]): Promise<void> {
    if (handlers.length === 0 || this.stopped) return;
    this.idle = undefined;
    const { broker, listeners, log, promotion, doorbell, forwardEncoder, instruments } = this.parts;
    await reachRedis(broker, this.options.startupTimeoutMs, log);
    if (this.stopped) return;
    // Asked once who wants to know what: by now the app's listeners are known.
    const own = [deliveryLog(log), subscriptionLog(log), listenerObserver(listeners)];
    const within = instruments?.aroundTold ?? [];
    const told = own.map((observer) => within.reduceRight((inner, around) => toldWithin(around, inner), observer));
    const observers = [...told, ...(instruments?.observers ?? [])];
    const isDeaf = doorbell && (() => !doorbell.hears);
    const context = { broker, observers, suspects: new SuspectPlace(), promotion, isDeaf, forwardEncoder };
    this.subscriptions = handlers.map(({ stream, options, handler, handlerName }) => {
      const retry = this.checkedRetry(options.retry, `${stream} (${options.group})`);
      const consumer = consumerName(options.leaseMs, this.processName);
      const { blockMs, claimForeignAfterMs, abandonGroupAfterMs } = this.options;
      return new Subscription(
        { ...options, retry, stream, consumer, handlerName, blockMs, claimForeignAfterMs, abandonGroupAfterMs },
        surrounded(handler, instruments?.aroundRuns ?? []),
        context,
      );
    });
    log.log(
      `Consuming ${handlers.length} subscription(s) over ${handlers.length + 3} connections: one for adds, one for control, ` +
        `one to be woken by, one reader each. ${this.subscriptions.map(({ options }) => describe(options)).join('; ')}.`,
    );
    this.listenForRings([...new Set(handlers.map(({ stream }) => stream))]);
    for (const { stream } of handlers) promotion?.consume(stream);
    await this.startLeaseThread();
    // Who stops while this starts stops what there is, and nothing is started after that.
    if (this.stopped) return;
    await Promise.all(this.subscriptions.map((subscription) => this.startOne(subscription)));
    if (this.stopped) return;
    log.log(`On this server ${await broker.describePaths(handlers[0]!.stream)}.`);
  }

  /** Stops reading, drains, hands back (see `Subscription.stop`), and waits for listeners that still tell of it. Never rejects. */
  stop(): Promise<void> {
    return (this.stopped ??= this.stopAll());
  }

  private async stopAll(): Promise<void> {
    const { shutdownTimeoutMs } = this.options;
    const deadline = performance.now() + shutdownTimeoutMs;
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop(shutdownTimeoutMs)));
    this.stopListening();
    this.leaseThread?.stop();
    const { listeners, log } = this.parts;
    const leftMs = Math.max(LISTENERS_LEAST_MS, deadline - performance.now());
    if (!(await withTimeout(leftMs, listeners.ended())))
      log.warn('Listeners of stream events did not end before the stop.');
  }

  /** It is not started, though there are handlers. */
  standIdle(reason: string): void {
    this.idle = { reason, sinceMs: Date.now() };
  }

  get idleness(): Idleness | undefined {
    return this.idle;
  }

  /** Somebody has stopped it: what ends from now on was meant to. */
  get isStopping(): boolean {
    return this.stopped !== undefined;
  }

  statuses(): SubscriptionStatus[] {
    return this.subscriptions.map((subscription) => subscription.status());
  }

  private listenForRings(streams: readonly string[]): void {
    const { doorbell, promotion } = this.parts;
    const listener: DoorbellListener = {
      ring: ({ kind, stream, group }: Ring) => {
        for (const each of this.subscriptions) {
          if (each.options.stream !== stream || each.options.group !== group) continue;
          if (kind === 'cancel') each.lookForCancels();
          if (kind === 'due') each.lookForRetries();
        }
      },
      delayed: (stream, inMs) => promotion?.expect(stream, inMs),
      paused: (stream, group) => {
        for (const each of this.subscriptions)
          if (each.options.stream === stream && each.options.group === group) each.lookForPause();
      },
      hears: () => {
        for (const each of this.subscriptions) {
          each.lookForCancels();
          each.lookForPause();
        }
        for (const stream of streams) promotion?.look(stream);
      },
    };
    this.stopListening = doorbell?.listen(listener) ?? this.stopListening;
    // It opens while all the rest starts: nothing waits for it.
    void doorbell?.open(streams);
  }

  private checkedRetry(retry: RetryPolicy, name: string): RetryPolicy {
    if (typeof retry.backoff !== 'function') return retry;
    return {
      ...retry,
      backoff: checkedBackoff(retry.backoff, (problem) => this.parts.log.warn(`${name}: ${problem}`)),
    };
  }

  /** Before any handler runs: the first one may block its process, and with it a thread that only begins. */
  private async startLeaseThread(): Promise<void> {
    const { broker, log } = this.parts;
    const watched = this.subscriptions
      .filter(({ options }) => options.leaseThread)
      .map(({ options }) => ({
        stream: options.stream,
        group: options.group,
        consumer: options.consumer,
        leaseMs: options.leaseMs,
        longestBlockMs: options.timeoutMs ?? options.leaseMs * KEPT_FOR_THE_BLOCKED,
      }));
    if (watched.length === 0) return;
    this.leaseThread = broker.keepLeases(watched, (error) =>
      log.error(`The lease thread has ended, leases are kept by the main thread alone: ${error.stack}`),
    );
    const { startupTimeoutMs } = this.options;
    if (await withTimeout(startupTimeoutMs, this.leaseThread.ready)) return;
    log.warn(
      `The lease thread is not ready after ${startupTimeoutMs} ms; until it is, the main thread alone keeps leases.`,
    );
  }

  private async startOne(subscription: Subscription): Promise<void> {
    try {
      if (!(await withTimeout(this.options.startupTimeoutMs, subscription.start()))) throw new Error('no answer');
    } catch (error) {
      const { stream, group } = subscription.options;
      throw new RedisUnavailableError(
        `Cannot consume the stream '${stream}' in the group '${group}': ${failureText(error)}. ${remedyFor(error)}`,
        { cause: originalError(error) },
      );
    }
  }
}

function describe({ stream, group, concurrency }: Subscription['options']): string {
  return `${stream} (${group}, concurrency ${concurrency})`;
}
