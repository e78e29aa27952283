import { errorText } from '../../model/errors/error-text.js';
import type { DeadLetterVerdict, EndVerdict, RetryVerdict } from '../../model/policy/retry-policy.js';
import type { TaskNote } from '../../model/ports/settlement.js';
import { PASSING_RECORD_TTL_MS, RECORD_TTL_MS, TASK_RECORD } from '../../wire/tasks/task-record.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/** What is kept of a task that is not done, or not well: so that others can tell why. */
export function noteOnFailure(
  verdict: RetryVerdict | DeadLetterVerdict | EndVerdict,
  { output }: SubscriptionOptions,
): TaskNote {
  const outputTtlMs = output?.ttlMs;
  switch (verdict.kind) {
    case 'retry': {
      const { because, delayMs } = verdict;
      const error = because === 'failure' ? [TASK_RECORD.error, textOf(verdict)] : [];
      const ttlMs = delayMs + PASSING_RECORD_TTL_MS;
      return { state: undefined, fields: [TASK_RECORD.reason, because, ...error], ttlMs, outputTtlMs };
    }
    case 'dead-letter': {
      const fields = [TASK_RECORD.reason, verdict.reason, TASK_RECORD.error, textOf(verdict)];
      return { state: 'dead-lettered', fields, ttlMs: RECORD_TTL_MS, outputTtlMs };
    }
    case 'end':
      return { state: verdict.state, fields: [], ttlMs: RECORD_TTL_MS, outputTtlMs };
  }
}

function textOf({ error, remark }: RetryVerdict | DeadLetterVerdict): string {
  return errorText(error, remark).toWellFormed();
}
