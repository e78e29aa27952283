import { propagation, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { readTrace, writeTrace } from './trace-headers.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const OF_SPAN = { traceId: TRACE, spanId: SPAN, traceFlags: TraceFlags.SAMPLED };

describe('the trace context of headers', () => {
  it.each([
    ['of today', `00-${TRACE}-${SPAN}-01`, TraceFlags.SAMPLED],
    ['that is not sampled', `00-${TRACE}-${SPAN}-00`, TraceFlags.NONE],
    ['with other flags', `00-${TRACE}-${SPAN}-03`, TraceFlags.SAMPLED],
    ['of a later version, with more', `cc-${TRACE}-${SPAN}-01-what-comes`, TraceFlags.SAMPLED],
  ])('one %s is read', (_name, traceparent, traceFlags) => {
    expect(trace.getSpanContext(readTrace({ traceparent }))).toEqual({ ...OF_SPAN, traceFlags, isRemote: true });
  });

  it.each([
    ['is missing', {}],
    ['is text', { traceparent: 'hello' }],
    ['has no trace', { traceparent: `00-${'0'.repeat(32)}-${SPAN}-01` }],
    ['has no span', { traceparent: `00-${TRACE}-${'0'.repeat(16)}-01` }],
    ['is of the version that is none', { traceparent: `ff-${TRACE}-${SPAN}-01` }],
    ['is of today and has more', { traceparent: `00-${TRACE}-${SPAN}-01-more` }],
    ['is of capitals', { traceparent: `00-${TRACE.toUpperCase()}-${SPAN}-01` }],
    ['is an inherited property', Object.create({ traceparent: `00-${TRACE}-${SPAN}-01` }) as Record<string, string>],
  ])('one that %s is none', (_name, headers) => {
    expect(readTrace(headers)).toBe(ROOT_CONTEXT);
  });

  it('is written as it is read, with the state of vendors', () => {
    const given = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'one=1,two=2' };
    const headers = {};
    writeTrace(readTrace(given), headers);
    expect(headers).toEqual(given);
  });

  it('is not written over a traceparent that is there, nor where there is no span', () => {
    const own = { traceparent: 'mine' };
    writeTrace(trace.setSpanContext(ROOT_CONTEXT, OF_SPAN), own);
    expect(own).toEqual({ traceparent: 'mine' });
    const none = {};
    writeTrace(ROOT_CONTEXT, none, ['tenant']);
    expect(none).toEqual({});
  });
});

describe('baggage', () => {
  it('passes by its keys, there and back', () => {
    const baggage = propagation.createBaggage({ tenant: { value: 'a=b;c, ü%' }, secret: { value: 's' } });
    const headers: Record<string, string> = {};
    writeTrace(propagation.setBaggage(ROOT_CONTEXT, baggage), headers, ['tenant', 'unknown']);
    expect(headers).toEqual({ baggage: `tenant=${encodeURIComponent('a=b;c, ü%')}` });
    expect(propagation.getBaggage(readTrace(headers, ['tenant']))?.getAllEntries()).toEqual([
      ['tenant', { value: 'a=b;c, ü%' }],
    ]);
    expect(propagation.getBaggage(readTrace(headers))).toBeUndefined();
  });

  it('that is too long goes without its last entries', () => {
    const baggage = propagation.createBaggage({ tenant: { value: 'a' }, long: { value: 'x'.repeat(8_200) } });
    const headers = {};
    writeTrace(propagation.setBaggage(ROOT_CONTEXT, baggage), headers, ['tenant', 'long']);
    expect(headers).toEqual({ baggage: 'tenant=a' });
  });

  it('of others is read with its blanks and properties; what is not well-formed stays as it is', () => {
    const context = readTrace({ baggage: ' tenant = a ;p=1 , secret=s,bad=%zz, ,=' }, ['tenant', 'bad']);
    expect(propagation.getBaggage(context)?.getAllEntries()).toEqual([
      ['tenant', { value: 'a' }],
      ['bad', { value: '%zz' }],
    ]);
  });
});
