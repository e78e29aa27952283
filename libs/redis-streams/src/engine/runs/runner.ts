import { decodeEntry } from '../../wire/codec.js';
import type { OwnedEntry, RawEntry } from '../../model/entry.js';
import { entryTimeMs } from '../../wire/entry-id.js';
import { HandlerTimeoutError, ShutdownError, toError } from '../../model/errors/errors.js';
import { HandlerFailure, type Handler } from '../../model/handler.js';
import { ACK, verdictAfterFailure, verdictBeforeStart, type Verdict } from '../../model/policy/retry-policy.js';
import { Delivery } from './delivery.js';
import type { InFlight } from '../state/in-flight.js';
import type { Settlement } from './settlement.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import type { SuspectPlace } from './suspect-place.js';
import { Timeouts } from './timeouts.js';

const NONE: ReadonlySet<string> = new Set();

/** Runs the handler on each entry it is given, and hands every outcome to the settlement. */
export class Runner {
  private readonly timeouts: Timeouts;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly handler: Handler,
    private readonly inFlight: InFlight,
    private readonly settlement: Settlement,
    private readonly suspects: SuspectPlace,
  ) {
    this.timeouts = new Timeouts(options.timeoutMs, options.abortGraceMs, (delivery, error) =>
      this.giveUp(delivery, error),
    );
  }

  // All of these never throw and never wait; the caller has seen to free slots.

  /** Starts entries that were delivered to nobody before. */
  startNew(entries: readonly RawEntry[]): void {
    const now = performance.now();
    for (const entry of entries) this.start(entry, 1, now);
  }

  /** Starts entries that were delivered before. */
  startAgain(entries: readonly OwnedEntry[]): void {
    this.startKnown(entries, NONE);
  }

  /** Starts an entry of a dead worker, for which the place for a suspect was taken. */
  startSuspect(entry: OwnedEntry): void {
    this.startKnown([entry], NONE);
    const delivery = this.inFlight.byId().get(entry.id);
    if (delivery?.state === 'running') this.suspects.seat(delivery, this.options.leaseMs);
    else this.suspects.free();
  }

  /** As `startAgain`, but only settles those of these ids that are done: after a lost group, nothing else knows. */
  startUnlessDone(entries: readonly OwnedEntry[], done: ReadonlySet<string>): void {
    this.startKnown(entries, done);
  }

  /** Ends what still runs with a signal; what fails now is handed back uncounted. */
  abortAll(reason: ShutdownError): void {
    for (const delivery of this.inFlight.owned) if (delivery.state === 'running') delivery.abort(reason);
  }

  close(): void {
    this.timeouts.close();
  }

  private startKnown(entries: readonly OwnedEntry[], done: ReadonlySet<string>): void {
    if (entries.length === 0) return;
    const now = performance.now();
    const inFlight = this.inFlight.byId();
    for (const entry of entries) {
      const { id, deliveryCount } = entry;
      const running = inFlight.get(id);
      if (running) {
        this.adopt(running, deliveryCount, now);
      } else if (done.has(id)) {
        const delivery = new Delivery(this.options, id, deliveryCount, now);
        this.inFlight.own(delivery);
        this.settle(delivery, ACK);
      } else {
        this.start(entry, deliveryCount, now);
      }
    }
  }

  /** One process never runs an entry twice at once: what runs goes on under the new count. */
  private adopt(running: Delivery, deliveryCount: number, now: number): void {
    const wasForsaken = running.state === 'forsaken';
    running.deliveryCount = deliveryCount;
    running.givenAgainAt = now;
    this.inFlight.own(running);
    if (!wasForsaken) return;
    running.state = 'running';
    const { reason } = running.signal as { reason: unknown };
    if (reason instanceof HandlerTimeoutError) {
      // It has had its time: this delivery has failed, too, and another worker may have the entry.
      this.giveUp(running, reason);
    } else {
      this.timeouts.unwatch(running);
      this.timeouts.watch(running);
    }
  }

  private start(entry: RawEntry, deliveryCount: number, now: number): void {
    const delivery = new Delivery(this.options, entry.id, deliveryCount, now);
    this.inFlight.own(delivery);
    const verdict = verdictBeforeStart(this.options.retry, deliveryCount) ?? this.decode(delivery, entry);
    if (verdict) this.settle(delivery, verdict);
    else this.run(delivery);
  }

  private decode(delivery: Delivery, entry: RawEntry): Verdict | undefined {
    try {
      ({ payload: delivery.payload, headers: delivery.headers } = decodeEntry(entry.fields));
      return undefined;
    } catch (error) {
      return this.verdictOn(delivery, error);
    }
  }

  private run(delivery: Delivery): void {
    this.inFlight.occupySlot();
    this.timeouts.watch(delivery);
    this.handler(delivery).then(
      () => this.ended(delivery, ACK),
      (error: unknown) => this.ended(delivery, this.verdictOn(delivery, error)),
    );
  }

  private ended(delivery: Delivery, verdict: Verdict): void {
    this.timeouts.unwatch(delivery);
    if (delivery.state === 'running') this.settle(delivery, verdict);
    this.inFlight.freeSlot(delivery);
    this.suspects.ended(delivery);
  }

  private giveUp(delivery: Delivery, error: Error): void {
    if (delivery.state !== 'running') return;
    const verdict = this.verdictOn(delivery, error);
    this.settlement.push(delivery, verdict);
    delivery.state = 'forsaken';
    this.inFlight.forsaken.add(delivery);
    delivery.onStuck?.();
  }

  private settle(delivery: Delivery, verdict: Verdict): void {
    delivery.state = 'settling';
    this.settlement.push(delivery, verdict);
  }

  private verdictOn(delivery: Delivery, thrown: unknown): Verdict {
    try {
      return this.judge(delivery, thrown);
    } catch (trap) {
      // A proxy for an error may throw wherever it is looked at, be it by `instanceof`.
      return this.judge(delivery, toError(trap));
    }
  }

  private judge(delivery: Delivery, thrown: unknown): Verdict {
    const failure = thrown instanceof HandlerFailure ? thrown : undefined;
    // Whatever an aborted handler throws at shutdown, the shutdown is why.
    const isShutdown = delivery.isAborted && delivery.signal.reason instanceof ShutdownError;
    const verdict = verdictAfterFailure(this.options.retry, {
      error: toError(failure ? failure.cause : thrown),
      rejectedByPipe: failure?.rejectedByPipe ?? false,
      isShutdown,
      deliveryCount: delivery.deliveryCount,
      ageMs: Date.now() - entryTimeMs(delivery.entryId),
    });
    return failure?.remark === undefined ? verdict : { ...verdict, remark: failure.remark };
  }
}
