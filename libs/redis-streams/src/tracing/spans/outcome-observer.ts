import { type Attributes, type Context, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import type { EngineEventOf, EngineObserver } from '../../engine/events.js';
import type { SubscriptionOptions } from '../../engine/subscription-options.js';
import type { RawEntry } from '../../model/entry.js';
import { TaskCancelledError, TaskExpiredError } from '../../model/errors/task-errors.js';
import { decodeHeaders } from '../../wire/codec.js';
import { ATTRIBUTES, type AttemptOutcome, type Operation } from '../names.js';
import { Recent } from './recent.js';
import { type Attempt, type EntryAddress, keyOf, type RunSpans } from './run-spans.js';
import type { Spans } from './spans.js';
import { readTrace } from '../trace-headers.js';

/** Ends the spans of runs with what became of them, and makes those of settlements and dead letters. */
export class OutcomeObserver implements EngineObserver {
  /** The creation of what is settled without a run. */
  private readonly unreadCreation = new Recent<Context>();

  constructor(
    private readonly runs: RunSpans,
    private readonly spans: Spans,
    private readonly settleSpans: boolean,
  ) {}

  readonly delivered = ({ serverNow }: EngineEventOf<'delivered'>) => this.runs.heard(serverNow);

  readonly revived = ({ serverNow }: EngineEventOf<'revived'>) => this.runs.heard(serverNow);

  readonly takenOver = ({ entryId, from }: EngineEventOf<'takenOver'>, of: SubscriptionOptions) =>
    this.runs.tookOver(addressOf(entryId, of), from);

  readonly unread = ({ entry }: EngineEventOf<'unread'>, of: SubscriptionOptions) => {
    const creation = creationOf(entry);
    if (creation !== ROOT_CONTEXT) this.unreadCreation.set(keyOf(addressOf(entry.id, of)), creation);
  };

  readonly completed = ({ leases }: EngineEventOf<'completed'>, of: SubscriptionOptions) => {
    for (const { entryId } of leases) this.end(entryId, of, 'completed', 'ack');
  };

  readonly retryScheduled = ({ lease, verdict }: EngineEventOf<'retryScheduled'>, of: SubscriptionOptions) => {
    // The handler has asked for another time: that is no failure.
    const error = verdict.because === 'postponed' ? undefined : verdict.error;
    const attempt = this.runs.end(addressOf(lease.entryId, of), 'retried', error);
    this.settled('retry', attempt, of, { [ATTRIBUTES.retryDelayMs.name]: verdict.delayMs });
  };

  readonly handedBack = ({ lease }: EngineEventOf<'handedBack'>, of: SubscriptionOptions) =>
    this.end(lease.entryId, of, 'released', 'release');

  readonly ended = ({ lease, verdict: { state, error } }: EngineEventOf<'ended'>, of: SubscriptionOptions) => {
    const isWanted = error instanceof TaskCancelledError || error instanceof TaskExpiredError;
    const attempt = this.runs.end(addressOf(lease.entryId, of), state, isWanted ? undefined : error);
    this.settled('ack', attempt, of);
  };

  readonly deadLettered = ({ lease, verdict }: EngineEventOf<'deadLettered'>, of: SubscriptionOptions) => {
    const address = addressOf(lease.entryId, of);
    const attempt = this.runs.end(address, 'dead_lettered', verdict.error);
    const parent = attempt?.context ?? this.unreadCreation.take(keyOf(address)) ?? ROOT_CONTEXT;
    const links = attempt?.created && [{ context: attempt.created }];
    const attributes = {
      [ATTRIBUTES.messageId.name]: attempt?.taskId ?? lease.entryId,
      [ATTRIBUTES.group.name]: of.group,
      [ATTRIBUTES.deliveryCount.name]: verdict.deliveries,
      [ATTRIBUTES.deadLetterReason.name]: verdict.reason,
      [ATTRIBUTES.deadLetterKept.name]: of.deadLetter !== undefined,
    };
    const options = { kind: SpanKind.CLIENT, links, startTime: attempt?.endedAt, attributes };
    this.spans.end(this.spans.start('dead_letter', of.stream, options, parent));
  };

  readonly leaseLost = ({ lease }: EngineEventOf<'leaseLost'>, of: SubscriptionOptions) =>
    void this.runs.end(addressOf(lease.entryId, of), 'lease_lost');

  readonly groupLost = ({ lease }: EngineEventOf<'groupLost'>, of: SubscriptionOptions) =>
    void this.runs.end(addressOf(lease.entryId, of), 'lease_lost');

  readonly entryDeleted = ({ entryId }: EngineEventOf<'entryDeleted'>, of: SubscriptionOptions) =>
    void this.runs.end(addressOf(entryId, of), 'lease_lost');

  private end(entryId: string, of: SubscriptionOptions, outcome: AttemptOutcome, operation: Operation): void {
    this.settled(operation, this.runs.end(addressOf(entryId, of), outcome), of);
  }

  /** From the handler's end until now. */
  private settled(
    operation: Operation,
    attempt: Attempt | undefined,
    of: SubscriptionOptions,
    more?: Attributes,
  ): void {
    if (!this.settleSpans || !attempt) return;
    const attributes = { [ATTRIBUTES.messageId.name]: attempt.taskId, [ATTRIBUTES.group.name]: of.group, ...more };
    const options = { kind: SpanKind.CLIENT, startTime: attempt.endedAt, attributes };
    this.spans.end(this.spans.start(operation, of.stream, options, attempt.context));
  }
}

function addressOf(entryId: string, { stream, group }: SubscriptionOptions): EntryAddress {
  return { stream, group, entryId };
}

/** What cannot be decoded may still have headers that can be read. */
function creationOf({ fields }: RawEntry): Context {
  return readTrace(decodeHeaders(fields));
}
