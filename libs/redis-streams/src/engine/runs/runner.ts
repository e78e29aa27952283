import { decodeEntry } from '../../wire/codec.js';
import type { DecodedEntry, OwnedEntry, RawEntry } from '../../model/entry.js';
import { HandlerTimeoutError, type ShutdownError } from '../../model/errors/errors.js';
import type { Handler } from '../../model/handler.js';
import { ACK, verdictBeforeStart, type Verdict } from '../../model/policy/retry-policy.js';
import type { EngineEvents } from '../events.js';
import type { Deliveries } from '../state/deliveries.js';
import { Lease, type Run } from '../state/delivery.js';
import type { RetrySchedule } from '../state/retry-schedule.js';
import type { SuspectPlace } from '../state/suspect-place.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import type { Settlement } from './settlement.js';
import { Timeouts } from './timeouts.js';
import { verdictOnError, verdictOnResult } from './verdicts.js';

export interface RunnerParts {
  readonly handler: Handler;
  readonly deliveries: Deliveries;
  readonly settlement: Settlement;
  readonly suspects: SuspectPlace;
  readonly events: EngineEvents;
  readonly retries: RetrySchedule;
}

const NONE: ReadonlySet<string> = new Set();

/** Runs the handler on each entry it is given, and hands every outcome to the settlement. */
export class Runner {
  private readonly timeouts: Timeouts;
  private readonly tellsStarted: boolean;
  private readonly takesTime: boolean;
  private readonly keepsOutput: boolean;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly parts: RunnerParts,
  ) {
    this.timeouts = new Timeouts(options.timeoutMs, options.abortGraceMs, (run, error) => this.giveUp(run, error));
    this.tellsStarted = parts.events.wants('started');
    this.takesTime = parts.events.wants('completed');
    this.keepsOutput = options.output !== undefined;
  }

  // All of these never throw and never wait; the caller has seen to free slots.

  /** Starts entries that were delivered to nobody before. */
  startNew(entries: readonly RawEntry[]): void {
    const now = performance.now();
    for (const entry of entries) this.start(entry, 1, now);
  }

  /** Starts entries that were delivered before; those of these ids that are done are only settled. */
  startAgain(entries: readonly OwnedEntry[], done: ReadonlySet<string> = NONE): void {
    if (entries.length === 0) return;
    const now = performance.now();
    const known = this.parts.deliveries.byId();
    for (const entry of entries) {
      const { id, deliveryCount } = entry;
      const here = known.get(id);
      if (here instanceof Lease) this.parts.deliveries.giveAgain(here, deliveryCount, now);
      else if (here) this.rejoin(here, deliveryCount, now);
      else if (done.has(id)) this.parts.settlement.push(this.parts.deliveries.take(id, deliveryCount, now), ACK);
      else this.start(entry, deliveryCount, now);
    }
  }

  /** Starts an entry of a dead worker, for which the place for a suspect was taken. */
  startSuspect(entry: OwnedEntry): void {
    const { deliveries, suspects } = this.parts;
    this.startAgain([entry]);
    const lease = deliveries.byId().get(entry.id);
    if (lease instanceof Lease && lease.run) suspects.seat(lease.run, this.options.leaseMs);
    else suspects.free();
  }

  /** Ends what still runs with a signal; what fails now is handed back uncounted. */
  abortAll(reason: ShutdownError): void {
    for (const { run } of this.parts.deliveries.leases) run?.abort(reason);
  }

  close(): void {
    this.timeouts.close();
  }

  private start(entry: RawEntry, deliveryCount: number, now: number): void {
    const { deliveries, settlement } = this.parts;
    const lease = deliveries.take(entry.id, deliveryCount, now);
    const tooMany = verdictBeforeStart(this.options.retry, deliveryCount);
    if (tooMany) return settlement.push(lease, tooMany);
    let decoded: DecodedEntry;
    try {
      decoded = decodeEntry(entry.fields);
    } catch (error) {
      return settlement.push(lease, verdictOnError(lease, error, this.options));
    }
    this.run(deliveries.begin(lease), decoded);
  }

  private run(run: Run, { payload, headers }: DecodedEntry): void {
    run.payload = payload;
    run.headers = headers;
    this.timeouts.watch(run);
    if (this.keepsOutput) run.beginOutput();
    if (this.tellsStarted) this.parts.events.emit({ type: 'started', run });
    this.parts.handler(run).then(
      (result) => this.ended(run, verdictOnResult(result)),
      (error: unknown) => this.ended(run, verdictOnError(run, error, this.options)),
    );
  }

  private ended(run: Run, verdict: Verdict): void {
    this.timeouts.unwatch(run);
    const written = run.writing?.end();
    // It keeps its lease and its slot until all that it wrote is kept: the end comes after that.
    if (written) void written.then(() => this.conclude(run, verdict));
    else this.conclude(run, verdict);
  }

  private conclude(run: Run, verdict: Verdict): void {
    const { deliveries, settlement, suspects, retries } = this.parts;
    const lease = deliveries.ended(run);
    if (lease) {
      if (this.takesTime) lease.ranMs = performance.now() - run.startedAt;
      settlement.push(lease, verdict);
    } else {
      // What was left to others meanwhile may be taken here again.
      retries.lookSoon();
    }
    suspects.ended(run);
  }

  /** One process never runs an entry twice at once: what is stuck goes on under the new lease. */
  private rejoin(run: Run, deliveryCount: number, now: number): void {
    this.parts.deliveries.rejoin(run, deliveryCount, now);
    this.timeouts.unwatch(run);
    // It has had its time: this delivery has failed, too, and another worker may have the entry.
    if (run.abortReason instanceof HandlerTimeoutError) this.giveUp(run, run.abortReason);
    else this.timeouts.watch(run);
  }

  private giveUp(run: Run, error: Error): void {
    if (!run.lease) return;
    const verdict = verdictOnError(run, error, this.options);
    this.parts.settlement.push(this.parts.deliveries.giveUp(run), verdict);
  }
}
