import { entryTimeMs } from '../../wire/entry-id.js';
import { ShutdownError, toError } from '../../model/errors/errors.js';
import { TaskCancelledError, TaskExpiredError } from '../../model/errors/task-errors.js';
import { HandlerFailure } from '../../model/handler.js';
import { ACK, type Verdict, verdictAfterFailure } from '../../model/policy/retry-policy.js';
import type { TaskLife } from '../../model/tasks/task-life.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/** What is known of a delivery whose run failed, or could not begin. */
export interface Failed {
  readonly entryId: string;
  readonly deliveryCount: number;
  readonly abortReason?: unknown;
  readonly life?: TaskLife | undefined;
}

export function verdictOnResult(result: unknown): Verdict {
  return result === undefined ? ACK : { kind: 'ack', result };
}

export function verdictOnError(failed: Failed, thrown: unknown, options: SubscriptionOptions): Verdict {
  try {
    return judge(failed, thrown, options);
  } catch (trap) {
    // A proxy for an error may throw wherever it is looked at, be it by `instanceof`.
    return judge(failed, toError(trap), options);
  }
}

function judge(
  { entryId, deliveryCount, abortReason, life }: Failed,
  thrown: unknown,
  options: SubscriptionOptions,
): Verdict {
  // Whatever fails after that is no failure.
  if (abortReason instanceof TaskCancelledError) return { kind: 'end', state: 'cancelled', error: abortReason };
  if (abortReason instanceof TaskExpiredError) return { kind: 'end', state: 'expired', error: abortReason };
  const failure = thrown instanceof HandlerFailure ? thrown : undefined;
  const verdict = verdictAfterFailure(options.retry, {
    error: toError(failure ? failure.cause : thrown),
    rejectedByPipe: failure?.rejectedByPipe ?? false,
    // Whatever an aborted handler throws at shutdown, the shutdown is why.
    isShutdown: abortReason instanceof ShutdownError,
    deliveryCount,
    ageMs: Date.now() - (life?.at ?? entryTimeMs(entryId)),
  });
  return failure?.remark === undefined ? verdict : { ...verdict, remark: failure.remark };
}
