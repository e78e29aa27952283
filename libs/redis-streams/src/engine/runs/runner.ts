import { decodeEntry } from '../../wire/codec.js';
import type { DecodedEntry, OwnedEntry, RawEntry } from '../../model/entry.js';
import { HandlerTimeoutError, type ShutdownError } from '../../model/errors/errors.js';
import { TaskCancelledError, TaskExpiredError } from '../../model/errors/task-errors.js';
import type { Handler } from '../../model/handler.js';
import { ACK, type EndVerdict, verdictBeforeStart, type Verdict } from '../../model/policy/retry-policy.js';
import type { Owed } from '../../model/ports/settlement.js';
import type { TaskLife } from '../../model/tasks/task-life.js';
import type { ResolvedResultOptions } from '../../options/tables/retention-options.js';
import { RESERVED_HEADERS } from '../../wire/header-contract.js';
import { deadlineOf } from '../../wire/tasks/deadline.js';
import { readLife } from '../../wire/tasks/life.js';
import { waiterAmong, waiterOf } from '../../wire/tasks/waiter.js';
import type { EngineEvents } from '../events.js';
import type { Aborts } from '../state/deliveries/aborts.js';
import type { Deliveries } from '../state/deliveries/deliveries.js';
import { Lease, type Run } from '../state/deliveries/delivery.js';
import type { LinkStability } from '../state/link-stability.js';
import type { RetrySchedule } from '../state/retry-schedule.js';
import type { SuspectPlace } from '../state/suspect-place.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import { freedKeyOf } from '../state/deliveries/freed-key.js';
import { keepingOf, verdictOnKept } from './kept-result.js';
import type { Settlement } from './settlement.js';
import { verdictOnError, verdictOnResult } from './verdicts.js';

export interface RunnerParts {
  readonly handler: Handler;
  readonly deliveries: Deliveries;
  readonly settlement: Settlement;
  readonly suspects: SuspectPlace;
  readonly events: EngineEvents;
  readonly retries: RetrySchedule;
  readonly aborts: Aborts;
  readonly stability: LinkStability;
}

const NONE: ReadonlySet<string> = new Set();

/** Runs the handler on each entry it is given, and hands every outcome to the settlement. */
export class Runner {
  private readonly tellsDelivered: boolean;
  private readonly tellsStarted: boolean;
  private readonly takesTime: boolean;
  private readonly keepsOutput: boolean;
  private readonly keeping: ResolvedResultOptions | undefined;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly parts: RunnerParts,
  ) {
    parts.aborts.whenOver((run, reason) => this.giveUp(run, reason));
    this.tellsDelivered = parts.events.wants('delivered');
    this.tellsStarted = parts.events.wants('started');
    this.takesTime = parts.events.wants('completed');
    this.keepsOutput = options.output !== undefined;
    this.keeping = keepingOf(options, undefined);
  }

  // All of these never throw and never wait; the caller has seen to free slots.

  /** Starts entries that were delivered to nobody before. */
  startNew(entries: readonly RawEntry[]): void {
    const now = performance.now();
    if (this.tellsDelivered) this.parts.events.emit({ type: 'delivered', entries, serverNow: this.expectedServerNow });
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
      if (here instanceof Lease) this.giveAgain(here, entry, now);
      else if (here) this.rejoin(here, entry, now);
      else if (done.has(id)) this.parts.settlement.push(this.parts.deliveries.take(id, deliveryCount, now), ACK);
      else this.start(entry, deliveryCount, now);
    }
  }

  /** Ends an entry that somebody has asked to cancel, without a run. */
  endCancelled(entry: OwnedEntry, reason: string): void {
    const { deliveries } = this.parts;
    // What runs here is told as all that run are.
    if (deliveries.byId().has(entry.id)) return this.startAgain([entry]);
    const lease = deliveries.take(entry.id, entry.deliveryCount, performance.now());
    const error = new TaskCancelledError(reason || undefined);
    this.endUnread(entry, lease, { kind: 'end', state: 'cancelled', error });
  }

  /** Ends an entry that is done and owes what it has forwarded, without a run. */
  endOwing(entry: OwnedEntry, { forwards, note }: Owed): void {
    const { deliveries } = this.parts;
    const { id, deliveryCount } = entry;
    const now = performance.now();
    const here = deliveries.byId().get(id);
    // It is being settled here already. What may still run on it, stuck, settles nothing.
    if (here instanceof Lease) return this.giveAgain(here, entry, now);
    const lease = deliveries.take(id, deliveryCount, now);
    lease.forwards = forwards;
    this.endUnread(entry, lease, { kind: 'ack', result: undefined, note });
  }

  private giveAgain(here: Lease, { deliveryCount, life }: OwnedEntry, now: number): void {
    here.life = life;
    this.parts.deliveries.giveAgain(here, deliveryCount, now);
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
    this.parts.aborts.close();
  }

  private start(entry: RawEntry & Pick<OwnedEntry, 'life'>, deliveryCount: number, now: number): void {
    const { deliveries, settlement } = this.parts;
    const lease = deliveries.take(entry.id, deliveryCount, now);
    const { life } = entry;
    if (life) {
      lease.life = life;
      if (deliveryCount === 1) this.tellRevived(entry.id, life);
    }
    const tooMany = verdictBeforeStart(this.options.retry, deliveryCount);
    if (tooMany) return this.endUnread(entry, lease, tooMany);
    let decoded: DecodedEntry;
    try {
      decoded = decodeEntry(entry.fields);
    } catch (error) {
      return this.endUnread(entry, lease, verdictOnError(lease, error, this.options));
    }
    const { reserved } = decoded;
    if (reserved) {
      lease.waiter = waiterOf(reserved[RESERVED_HEADERS.keep]);
      if (reserved[RESERVED_HEADERS.key] !== undefined) lease.key = freedKeyOf(entry, this.options.group);
    }
    const expiresAt = life ? life.deadline : reserved && deadlineOf(entry.id, reserved[RESERVED_HEADERS.deadline]);
    if (expiresAt !== undefined && expiresAt <= this.serverNow) return settlement.push(lease, expired());
    this.run(deliveries.begin(lease), decoded, expiresAt);
  }

  private tellRevived(entryId: string, life: TaskLife): void {
    this.parts.events.emit({ type: 'revived', entryId, life, serverNow: this.expectedServerNow });
  }

  /** Without a run, and without knowing what it is. */
  private endUnread(entry: RawEntry & Pick<OwnedEntry, 'life'>, lease: Lease, verdict: Verdict): void {
    this.parts.events.emit({ type: 'unread', entry });
    this.mark(lease, entry);
    this.parts.settlement.push(lease, verdict);
  }

  /** With what its end is to bring about. */
  private mark(lease: Lease, entry: RawEntry & Pick<OwnedEntry, 'life'>): void {
    lease.life = entry.life;
    lease.waiter = waiterAmong(entry.fields);
    lease.key = freedKeyOf(entry, this.options.group);
  }

  private run(run: Run, { payload, headers, reserved }: DecodedEntry, expiresAt: number | undefined): void {
    run.payload = payload;
    run.headers = headers;
    run.reserved = reserved;
    run.expiresAt = expiresAt;
    run.ownId = reserved?.[RESERVED_HEADERS.task];
    run.life ??= reserved && readLife(reserved[RESERVED_HEADERS.life]);
    run.keeping = reserved ? keepingOf(this.options, reserved) : this.keeping;
    this.watch(run);
    if (this.keepsOutput) run.beginOutput();
    if (this.tellsStarted) this.parts.events.emit({ type: 'started', run });
    this.parts.handler(run).then(
      (result) =>
        this.ended(run, run.keeping ? traced(run, verdictOnKept(result, run, this.options)) : verdictOnResult(result)),
      (error: unknown) => this.ended(run, this.verdictOn(run, error)),
    );
  }

  private ended(run: Run, verdict: Verdict): void {
    run.hasEnded = true;
    this.parts.aborts.unwatch(run);
    const written = run.writing?.end();
    // It keeps its lease and its slot until all that it wrote is kept: the end comes after that.
    if (written) void written.then(() => this.conclude(run, verdict));
    else this.conclude(run, verdict);
  }

  private conclude(run: Run, verdict: Verdict): void {
    const { deliveries, settlement, suspects, retries } = this.parts;
    const lease = deliveries.ended(run);
    if (lease) {
      lease.hasOnce = run.hasOnce;
      if (this.takesTime) lease.ranMs = performance.now() - run.startedAt;
      lease.forwards = run.forwards?.list;
      settlement.push(lease, verdict);
    } else {
      // What was left to others meanwhile may be taken here again.
      retries.lookSoon();
    }
    suspects.ended(run);
  }

  /** One process never runs an entry twice at once: what is stuck goes on under the new lease. */
  private rejoin(run: Run, entry: OwnedEntry, now: number): void {
    this.mark(this.parts.deliveries.rejoin(run, entry.deliveryCount, now), entry);
    this.parts.aborts.unwatch(run);
    // It has had its time: this delivery has failed, too, and another worker may have the entry.
    if (isOver(run.abortReason)) return this.giveUp(run, run.abortReason);
    run.resume();
    this.watch(run);
  }

  private giveUp(run: Run, error: Error): void {
    if (!run.lease) return;
    const verdict = this.verdictOn(run, error);
    const lease = this.parts.deliveries.giveUp(run);
    if (this.takesTime) lease.ranMs = performance.now() - run.startedAt;
    this.parts.settlement.push(lease, verdict);
  }

  private watch(run: Run): void {
    const { expiresAt } = run;
    this.parts.aborts.watch(run, expiresAt === undefined ? undefined : expiresAt - this.serverNow);
  }

  /** A retry that would come after the task's deadline is none. */
  private verdictOn(run: Run, error: unknown): Verdict {
    const verdict = traced(run, verdictOnError(run, error, this.options));
    if (run.expiresAt === undefined || verdict.kind !== 'retry' || verdict.because === 'shutdown') return verdict;
    return this.serverNow + verdict.delayMs < run.expiresAt ? verdict : expired(verdict.error);
  }

  /** By the server's clock, or somewhat less; before it was heard of, by ours. */
  private get serverNow(): number {
    return this.parts.stability.leastServerNow ?? Date.now();
  }

  /** The same as likely as not, for those who measure. */
  private get expectedServerNow(): number {
    return this.parts.stability.expectedServerNow ?? Date.now();
  }
}

function expired(error: Error = new TaskExpiredError('The task has reached its deadline.')): EndVerdict {
  return { kind: 'end', state: 'expired', error };
}

/** What it died of can be found again. */
function traced({ traceparent }: Run, verdict: Verdict): Verdict {
  return traceparent !== undefined && verdict.kind === 'dead-letter' ? { ...verdict, traceparent } : verdict;
}

/** Such a run has been told to end, and is given no other chance. */
function isOver(abortReason: unknown): abortReason is Error {
  return [HandlerTimeoutError, TaskCancelledError, TaskExpiredError].some((type) => abortReason instanceof type);
}
