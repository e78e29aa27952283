import { EncodeError } from '../../model/errors/errors.js';
import type { AckVerdict, DeadLetterVerdict } from '../../model/policy/retry-policy.js';
import { TASK_RECORD } from '../../wire/tasks/task-record.js';
import { RESERVED_HEADERS } from '../../wire/header-contract.js';
import { readKeyHeader } from '../../wire/key-header.js';
import { toJson } from '../../wire/json/json-value.js';
import type { ResolvedResultOptions } from '../../options/tables/retention-options.js';
import type { Run } from '../state/deliveries/delivery.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/** For who waits for the result of a handler that keeps none by itself. */
const FOR_WHO_WAITS: ResolvedResultOptions = { ttlMs: 3_600_000, maxBytes: 262_144 };

/**
 * How the result of a run is kept; undefined where it is not.
 * @param reserved what its entry says: with `keep` that somebody waits for it, with `key` for how long others may come for it
 */
export function keepingOf(
  { result, output }: SubscriptionOptions,
  reserved: Readonly<Record<string, string>> | undefined,
): ResolvedResultOptions | undefined {
  const own = result ?? (output && { ...FOR_WHO_WAITS, ttlMs: output.ttlMs });
  if (reserved?.[RESERVED_HEADERS.keep] === undefined) return own;
  const keeping = own ?? FOR_WHO_WAITS;
  const key = readKeyHeader(reserved[RESERVED_HEADERS.key]);
  return key?.until === 'ttl' && key.ttlMs > keeping.ttlMs ? { ...keeping, ttlMs: key.ttlMs } : keeping;
}

/**
 * What becomes of a task whose result is kept. One that cannot be kept is a dead letter: another run would cost as much, and
 * return the like.
 */
export function verdictOnKept(
  result: unknown,
  { keeping, deliveryCount, lease }: Run,
  { output }: SubscriptionOptions,
): AckVerdict | DeadLetterVerdict {
  const { ttlMs, maxBytes } = keeping!;
  try {
    const fields = result === undefined ? [] : [TASK_RECORD.result, encode(result, maxBytes)];
    const note = { state: 'completed', fields, ttlMs, outputTtlMs: output?.ttlMs, waiter: lease?.waiter } as const;
    return { kind: 'ack', result, note };
  } catch (error) {
    return { kind: 'dead-letter', reason: 'unusable-result', deliveries: deliveryCount, error: error as Error };
  }
}

function encode(result: unknown, maxBytes: number): string {
  const json = jsonOf(result);
  const bytes = Buffer.byteLength(json);
  if (bytes <= maxBytes) return json;
  throw new EncodeError(
    `The result has ${bytes} bytes, more than result.maxBytes (${maxBytes}). Store it elsewhere and return a reference to it, or raise ` +
      'result.maxBytes.',
  );
}

function jsonOf(result: unknown): string {
  try {
    return toJson(result, 'the result');
  } catch (cause) {
    const { message } = cause as Error;
    throw new EncodeError(message.replace(/^A payload/, 'A result that is kept'), { cause });
  }
}
