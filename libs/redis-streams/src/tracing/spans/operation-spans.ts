import { context, SpanKind, trace } from '@opentelemetry/api';
import { toError } from '../../model/errors/errors.js';
import type { AroundOperation } from '../../model/operations/around-operation.js';
import { ATTRIBUTES } from '../names.js';
import { writeParent } from '../trace-headers.js';
import type { Spans } from './spans.js';

/** A span for the start of each redrive and replay, whose context travels beside the tasks that live again: their runs link to it. */
export class OperationSpans {
  constructor(private readonly spans: Spans) {}

  readonly aroundOperation: AroundOperation = async ({ kind, stream, id, headers }, proceed) => {
    // Of a purge nothing comes.
    if (kind === 'purge') return proceed();
    const active = context.active();
    const attributes = { [ATTRIBUTES.operationId.name]: id };
    const span = this.spans.start(kind, stream, { kind: SpanKind.PRODUCER, attributes }, active);
    writeParent(trace.setSpan(active, span), headers);
    try {
      return await proceed();
    } catch (error) {
      this.spans.fail(span, toError(error));
      throw error;
    } finally {
      this.spans.end(span);
    }
  };
}
