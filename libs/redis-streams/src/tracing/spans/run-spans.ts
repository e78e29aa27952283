import {
  type Attributes,
  context,
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import type { AroundTold } from '../../engine/observers/around-told.js';
import type { AroundRun, HandlerDelivery } from '../../model/handler.js';
import type { TaskLife } from '../../model/tasks/task-life.js';
import { entryTimeMs } from '../../wire/entry-id.js';
import { RESERVED_HEADERS } from '../../wire/header-contract.js';
import { tickOf } from '../../wire/tasks/tick.js';
import { ATTRIBUTES, type AttemptOutcome, TAKEN_OVER } from '../names.js';
import { Recent } from './recent.js';
import type { Spans } from './spans.js';
import { parentOf, spanNamed, spanOf, withBaggage } from '../trace-headers.js';
import type { ResolvedTracingOptions } from '../tracing-options.js';

/** Names an entry in a group. */
export interface EntryAddress {
  readonly stream: string;
  readonly group: string;
  readonly entryId: string;
}

/** One run of a handler: its span is open until Redis has said what became of it. */
export interface Attempt {
  readonly span: Span;
  /** With its span as the active one. */
  readonly context: Context;
  readonly created: SpanContext | undefined;
  readonly taskId: string;
  /** When its handler ended, on performance.now's clock. */
  endedAt: number | undefined;
}

/** A span for each run of a handler, in whose context all of it goes on. */
export class RunSpans {
  private readonly open = new Map<string, Attempt>();
  /** The spans of attempts that failed here, for the next ones to link to. */
  private readonly failed = new Recent<SpanContext>();
  /** Whose entries were that were taken over and have not begun yet. */
  private readonly takenOver = new Recent<string>();
  /** Redis's clock less performance.now's, in milliseconds: that one nobody sets. */
  private serverOffsetMs = performance.timeOrigin;

  constructor(
    private readonly options: Pick<ResolvedTracingOptions, 'correlation' | 'streams' | 'baggage'>,
    private readonly spans: Spans,
  ) {}

  readonly aroundRun: AroundRun = async (delivery, run) => {
    const attempt = this.begin(delivery);
    try {
      return await context.with(attempt.context, run);
    } finally {
      attempt.endedAt = performance.now();
    }
  };

  readonly aroundTold: AroundTold = ({ entryId }, { stream, group }, tell) => {
    const attempt = this.open.get(keyOf({ stream, group, entryId }));
    if (attempt) context.with(attempt.context, tell);
    else tell();
  };

  contextOf(address: EntryAddress): Context | undefined {
    return this.open.get(keyOf(address))?.context;
  }

  heard(serverNow: number): void {
    this.serverOffsetMs = serverNow - performance.now();
  }

  tookOver(address: EntryAddress, from: string): void {
    this.takenOver.set(keyOf(address), from);
  }

  /**
   * Redis has said what became of a run.
   * @param error what it failed with; a run that did not fail has none
   * @returns the attempt, whose span has ended; undefined where there was none
   */
  end(address: EntryAddress, outcome: AttemptOutcome | undefined, error?: Error): Attempt | undefined {
    return this.endOpen(keyOf(address), outcome, error);
  }

  private endOpen(key: string, outcome: AttemptOutcome | undefined, error?: Error): Attempt | undefined {
    const attempt = this.open.get(key);
    if (!attempt) return undefined;
    this.open.delete(key);
    const { span } = attempt;
    if (outcome) span.setAttribute(ATTRIBUTES.outcome.name, outcome);
    if (error) this.spans.fail(span, error);
    if (outcome === 'retried') this.failed.set(key, span.spanContext());
    this.spans.end(span, attempt.endedAt);
    return attempt;
  }

  /** Nothing more is heard of what is open. */
  close(): void {
    for (const { span, endedAt } of this.open.values()) this.spans.end(span, endedAt);
    this.open.clear();
  }

  private begin(delivery: HandlerDelivery): Attempt {
    const key = keyOf(delivery);
    const { correlation, streams, baggage } = this.options;
    const created = spanOf(delivery.headers);
    const apart = withBaggage(ROOT_CONTEXT, delivery.headers, baggage);
    const isChild = (streams[delivery.stream]?.correlation ?? correlation) === 'parent';
    const before = this.failed.take(key);
    const links: Link[] = [];
    if (created && !isChild) links.push({ context: created });
    if (before) links.push({ context: before });
    if (delivery.life) links.push(...linksOf(delivery.life));
    const parent = created && isChild ? trace.setSpanContext(apart, created) : apart;
    const attributes = this.attributesOf(delivery, before === undefined);
    const span = this.spans.start('process', delivery.stream, { kind: SpanKind.CONSUMER, links, attributes }, parent);
    const from = this.takenOver.take(key);
    if (from !== undefined) span.addEvent(TAKEN_OVER, { [ATTRIBUTES.takenOverFrom.name]: from });
    const attempt = {
      span,
      context: trace.setSpan(parent, span),
      created,
      taskId: delivery.taskId,
      endedAt: undefined,
    };
    delivery.traceparent = parentOf(span.spanContext());
    // One of which Redis has not been heard again.
    this.endOpen(key, undefined);
    this.open.set(key, attempt);
    return attempt;
  }

  private attributesOf(delivery: HandlerDelivery, isFirst: boolean): Attributes {
    const { entryId, taskId, group, consumer, deliveryCount, handlerName, reserved, life } = delivery;
    const attributes: Attributes = {
      [ATTRIBUTES.messageId.name]: taskId,
      [ATTRIBUTES.group.name]: group,
      [ATTRIBUTES.client.name]: consumer,
      [ATTRIBUTES.deliveryCount.name]: deliveryCount,
    };
    if (handlerName !== undefined) attributes[ATTRIBUTES.task.name] = handlerName;
    if (taskId !== entryId) attributes[ATTRIBUTES.entryId.name] = entryId;
    if (deliveryCount === 1 && isFirst) {
      const since = life?.at ?? entryTimeMs(entryId);
      attributes[ATTRIBUTES.waitMs.name] = Math.max(0, Math.round(performance.now() + this.serverOffsetMs - since));
    }
    const schedule = reserved && tickOf(reserved[RESERVED_HEADERS.tick]);
    if (schedule) attributes[ATTRIBUTES.schedule.name] = schedule.name;
    return life ? { ...attributes, ...attributesOfLife(life) } : attributes;
  }
}

/** To what has brought it to life again, and to the attempt that it died of, where they were traced. */
function linksOf({ headers, history }: TaskLife): Link[] {
  const spans = [spanNamed({ ...headers }.traceparent), spanNamed(history.at(-1)?.traceparent)];
  return spans.flatMap((span) => (span ? [{ context: span }] : []));
}

function attributesOfLife({ redrives, isReplay, operation }: TaskLife): Attributes {
  return {
    ...(redrives > 0 && { [ATTRIBUTES.redriveCount.name]: redrives }),
    ...(isReplay && { [ATTRIBUTES.replayed.name]: true }),
    ...(operation !== undefined && { [ATTRIBUTES.operationId.name]: operation }),
  };
}

export function keyOf({ stream, group, entryId }: EntryAddress): string {
  return `${entryId} ${group} ${stream}`;
}
