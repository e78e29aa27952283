import { EncodeError, PayloadTooLargeError, UnrecoverableError } from '../../model/errors/errors.js';
import type { Forward, ForwardCall, ForwardEncoder, ForwardSource } from '../../model/forward.js';
import type { StreamNames } from '../../options/stream-names.js';
import { RESERVED_HEADERS, RESERVED_PREFIX } from '../../wire/header-contract.js';
import { narrowFields } from '../../wire/narrow-fields.js';
import { hopsOf, originFields, originOf } from '../../wire/tasks/chains/origin.js';
import { deadlineField } from '../adding/add-deadline.js';
import { ADD_OPTIONS } from '../adding/add-options.js';
import { encodeTask, type TaskEncoding } from '../adding/encode-task.js';
import { type ForwardOptions, knownForwardOptions } from './forward-options.js';

/** A chain of more tasks is taken for a loop. */
const MOST_HOPS = 100;
/** What carries the trace context. Source: https://www.w3.org/TR/trace-context/ and https://www.w3.org/TR/baggage/ */
const TRACE_HEADERS = ['traceparent', 'tracestate', 'baggage'];

export interface TaskForwarderParts {
  readonly encoding: TaskEncoding;
  readonly names: StreamNames;
}

/** Makes an entry of what a handler forwards, with what it inherits from the task that does: correlation, deadline, trace context. */
export class TaskForwarder implements ForwardEncoder {
  constructor(private readonly parts: TaskForwarderParts) {}

  encode(source: ForwardSource, { stream, payload, options, index }: ForwardCall): Forward {
    this.parts.names.use(stream, 'forward: ');
    const given = knownForwardOptions(options);
    if (hopsOf(source.reserved) >= MOST_HOPS) throw loopError(source, stream);
    const reserved = [...originFields(source, index), ...deadlineOf(given, source)];
    const headers = { ...traceHeadersOf(source), ...ADD_OPTIONS.headers.read(given.headers, 'headers') };
    try {
      return { stream, fields: narrowFields(encodeTask(this.parts.encoding, { payload, headers }, reserved)) };
    } catch (error) {
      throw isHopeless(error)
        ? new UnrecoverableError(`forward to '${stream}': ${error.message}`, { cause: error })
        : error;
    }
  }
}

/** Its own, or that of the task that forwards it. */
function deadlineOf(given: ForwardOptions, { expiresAt }: ForwardSource): readonly string[] {
  const own = deadlineField(given);
  if (own) return own;
  return expiresAt === undefined ? [] : [RESERVED_PREFIX + RESERVED_HEADERS.deadline, String(expiresAt)];
}

function traceHeadersOf({ headers }: ForwardSource): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const name of TRACE_HEADERS) if (Object.hasOwn(headers, name)) inherited[name] = headers[name]!;
  return inherited;
}

/** Another run would come to the same. */
function isHopeless(error: unknown): error is Error {
  return error instanceof EncodeError || error instanceof PayloadTooLargeError;
}

function loopError({ stream, taskId, reserved }: ForwardSource, to: string): UnrecoverableError {
  const { root, hops } = originOf({ stream, id: taskId }, reserved);
  return new UnrecoverableError(
    `A chain has ${MOST_HOPS} tasks after its first at most, which is a loop: '${stream}' forwards to '${to}' as task ${hops + 1} after ` +
      `${root.id} of '${root.stream}'. End it in a handler, or add the next task with StreamProducer, which begins a chain.`,
  );
}
