import { context, type Context, type Link, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { AddOutcome } from '../../model/errors/add-bulk-error.js';
import type { AroundForward, ForwardSource } from '../../model/forward.js';
import type { AddCall, AddInterceptor, AddItem } from '../../tasks/adding/add-interceptors.js';
import { ATTRIBUTES } from '../names.js';
import type { Spans } from './spans.js';
import { writeTrace } from '../trace-headers.js';
import type { ResolvedTracingOptions } from '../tracing-options.js';

/** Of one task of many. */
interface Created {
  readonly span: Span;
  readonly at: number;
}

/** Spans of what is added and forwarded, whose contexts travel in the tasks' headers. */
export class AddSpans {
  constructor(
    private readonly options: Pick<ResolvedTracingOptions, 'createSpansUpTo' | 'baggage'>,
    private readonly spans: Spans,
    /** The context of the run that forwards, for processes without a context manager. */
    private readonly contextOf: (source: ForwardSource) => Context | undefined,
  ) {}

  readonly aroundAdd: AddInterceptor = async (call, proceed) => {
    const { items } = call;
    // Taken here: what goes on after the first wait may gather the adds of many.
    const active = context.active();
    if (items.length === 0) return;
    const created = items.length > 1 && items.length <= this.options.createSpansUpTo ? this.create(call, active) : [];
    const send = this.startSend(call, created, active);
    if (created.length === 0) this.write(trace.setSpan(active, send), items);
    const outcomes = await proceed();
    this.end(send, outcomes);
    for (const [n, { span, at }] of created.entries()) {
      const { id } = outcomes[n]!;
      if (id !== undefined) span.setAttribute(ATTRIBUTES.messageId.name, id);
      this.spans.end(span, at);
    }
  };

  readonly aroundForward: AroundForward = ({ source, stream, index, headers }, encode) => {
    const active = context.active();
    const parent = trace.getSpan(active) ? active : (this.contextOf(source) ?? active);
    if (index >= this.options.createSpansUpTo) {
      this.write(parent, [{ headers }]);
      return encode();
    }
    const span = this.spans.start('create', stream, { kind: SpanKind.PRODUCER }, parent);
    this.write(trace.setSpan(parent, span), [{ headers }]);
    try {
      return encode();
    } catch (error) {
      if (error instanceof Error) this.spans.fail(span, error);
      throw error;
    } finally {
      this.spans.end(span);
    }
  };

  private create({ stream, items }: AddCall, active: Context): readonly Created[] {
    return items.map((item) => {
      const span = this.spans.start('create', stream, { kind: SpanKind.PRODUCER }, active);
      this.write(trace.setSpan(active, span), [item]);
      return { span, at: performance.now() };
    });
  }

  private startSend({ stream, items }: AddCall, created: readonly Created[], active: Context): Span {
    const links = created.map(({ span }): Link => ({ context: span.spanContext() }));
    const attributes = items.length > 1 ? { [ATTRIBUTES.batchSize.name]: items.length } : {};
    const kind = created.length > 0 ? SpanKind.CLIENT : SpanKind.PRODUCER;
    return this.spans.start('send', stream, { kind, links, attributes }, active);
  }

  private end(send: Span, outcomes: readonly AddOutcome[]): void {
    const failed = outcomes.find(({ error }) => error);
    if (failed?.error) this.spans.fail(send, failed.error);
    else if (outcomes.length === 1) send.setAttribute(ATTRIBUTES.messageId.name, outcomes[0]!.id!);
    this.spans.end(send);
  }

  private write(from: Context, items: readonly Pick<AddItem, 'headers'>[]): void {
    for (const { headers } of items) writeTrace(from, headers, this.options.baggage);
  }
}
