import {
  type Baggage,
  type BaggageEntry,
  type Context,
  createTraceState,
  INVALID_SPANID,
  INVALID_TRACEID,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
  TraceFlags,
} from '@opentelemetry/api';

/**
 * The trace context in a task's headers. Always W3C's, whatever propagator the process uses for HTTP: who reads a stream may be any process, in any language.
 *
 * Source: https://www.w3.org/TR/trace-context/ and https://www.w3.org/TR/baggage/
 */
const PARENT = 'traceparent';
const STATE = 'tracestate';
const BAGGAGE = 'baggage';

const VERSION_00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const LATER_VERSION = /^(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
/** As W3C bounds it. */
const MOST_BAGGAGE = 8_192;

type Headers = Readonly<Record<string, string>>;

/** What the headers tell: a remote span as the active one, and of the baggage what may pass. Not valid is as if not there. */
export function readTrace(headers: Headers, baggageKeys: readonly string[] = []): Context {
  const span = spanOf(headers);
  return withBaggage(span ? trace.setSpanContext(ROOT_CONTEXT, span) : ROOT_CONTEXT, headers, baggageKeys);
}

/** A context with what may pass of the headers' baggage. */
export function withBaggage(context: Context, headers: Headers, baggageKeys: readonly string[] = []): Context {
  const baggage = baggageKeys.length > 0 && Object.hasOwn(headers, BAGGAGE) && allowed(headers[BAGGAGE]!, baggageKeys);
  return baggage ? propagation.setBaggage(context, baggage) : context;
}

/** Adds what a context has to headers, unless they have their own: whoever wrote that knows better. */
export function writeTrace(
  context: Context,
  headers: Record<string, string>,
  baggageKeys: readonly string[] = [],
): void {
  if (!Object.hasOwn(headers, PARENT)) {
    writeParent(context, headers);
    const state = Object.hasOwn(headers, PARENT) && trace.getSpanContext(context)?.traceState?.serialize();
    if (state) headers[STATE] = state;
  }
  if (baggageKeys.length === 0 || Object.hasOwn(headers, BAGGAGE)) return;
  const baggage = propagation.getBaggage(context);
  if (!baggage) return;
  const entries = baggageKeys.flatMap((key) => written(key, baggage.getEntry(key)));
  // What would be too long goes without its last entries.
  while (entries.join(',').length > MOST_BAGGAGE) entries.pop();
  if (entries.length > 0) headers[BAGGAGE] = entries.join(',');
}

/** As `writeTrace`, without what tracing systems add to that. */
export function writeParent(context: Context, headers: Record<string, string>): void {
  const parent = parentOf(trace.getSpanContext(context));
  if (parent !== undefined) headers[PARENT] = parent;
}

/** The header that names a span; undefined for none that is valid. */
export function parentOf(span: SpanContext | undefined): string | undefined {
  if (!span || !isSpan(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`;
}

/** The span that a header names; undefined where it is not valid. */
export function spanNamed(parent: string | undefined): SpanContext | undefined {
  return parent === undefined ? undefined : spanOf({ [PARENT]: parent });
}

/** The span that headers tell of; undefined for none that is valid. */
export function spanOf(headers: Headers): SpanContext | undefined {
  if (!Object.hasOwn(headers, PARENT)) return undefined;
  const parent = headers[PARENT]!;
  const [, traceId, spanId, flags] = VERSION_00.exec(parent) ?? LATER_VERSION.exec(parent) ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  const span: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
  };
  if (!isSpan(span)) return undefined;
  return Object.hasOwn(headers, STATE) ? { ...span, traceState: createTraceState(headers[STATE]) } : span;
}

/** That its ids are such is known, of one out of a header, or an SDK's. */
function isSpan({ traceId, spanId }: SpanContext): boolean {
  return traceId !== INVALID_TRACEID && spanId !== INVALID_SPANID;
}

function written(key: string, entry: BaggageEntry | undefined): string[] {
  return entry ? [`${key}=${encodeURIComponent(entry.value.toWellFormed())}`] : [];
}

function allowed(header: string, keys: readonly string[]): Baggage | undefined {
  const entries: Record<string, BaggageEntry> = {};
  for (const member of header.slice(0, MOST_BAGGAGE).split(',')) {
    const [, key, value] = /^\s*([^=;\s]+)\s*=\s*([^;]*?)\s*(?:;.*)?$/.exec(member) ?? [];
    if (key !== undefined && value !== undefined && keys.includes(key)) entries[key] = { value: decoded(value) };
  }
  return Object.keys(entries).length > 0 ? propagation.createBaggage(entries) : undefined;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
