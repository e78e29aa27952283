import { EncodeError, PayloadTooLargeError, UnrecoverableError } from '../../model/errors/errors.js';
import type { AroundForward, Forward, ForwardCall, ForwardEncoder, ForwardSource } from '../../model/forward.js';
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
/** What carries the trace context, which is one. Source: https://www.w3.org/TR/trace-context/ */
const TRACE_CONTEXT = ['traceparent', 'tracestate'];
/** Source: https://www.w3.org/TR/baggage/ */
const BAGGAGE = ['baggage'];

export interface TaskForwarderParts {
  readonly encoding: TaskEncoding;
  readonly names: StreamNames;
  /** What optional modules have put in, the first outermost. */
  readonly arounds: readonly AroundForward[];
}

/** Makes an entry of what a handler forwards, with what it inherits from the task that does: correlation, deadline, trace context. */
export class TaskForwarder implements ForwardEncoder {
  constructor(private readonly parts: TaskForwarderParts) {}

  encode(source: ForwardSource, { stream, payload, options, index }: ForwardCall): Forward {
    this.parts.names.use(stream, 'forward: ');
    const given = knownForwardOptions(options);
    if (hopsOf(source.reserved) >= MOST_HOPS) throw loopError(source, stream);
    const reserved = [...originFields(source, index), ...deadlineOf(given, source)];
    const task = { source, stream, index, headers: { ...ADD_OPTIONS.headers.read(given.headers, 'headers') } };
    const encode = () => {
      const headers = { ...inheritedHeaders(source, task.headers), ...task.headers };
      return { stream, fields: narrowFields(encodeTask(this.parts.encoding, { payload, headers }, reserved)) };
    };
    try {
      return this.parts.arounds.reduceRight<() => Forward>((inner, around) => () => around(task, inner), encode)();
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

/** Of the task that forwards, where the successor has none of its own. */
function inheritedHeaders({ headers }: ForwardSource, own: Readonly<Record<string, string>>): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const together of [TRACE_CONTEXT, BAGGAGE]) {
    if (Object.hasOwn(own, together[0]!)) continue;
    for (const name of together) if (Object.hasOwn(headers, name)) inherited[name] = headers[name]!;
  }
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
