import { errorText, stackOf } from '../../model/errors/error-text.js';
import { DEAD_LETTER_HEADERS } from '../../wire/header-contract.js';
import type { DeadLetterVerdict } from '../../model/policy/retry-policy.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/** What a dead letter tells beside the entry's own fields: names and values in turn. See docs/headers.md. */
export function deadLetterHeaders(
  entryId: string,
  verdict: DeadLetterVerdict,
  { stream, group }: SubscriptionOptions,
): string[] {
  const { error, remark, reason, deliveries, traceparent } = verdict;
  const names = DEAD_LETTER_HEADERS;
  const headers = [
    ...[names.reason, reason],
    ...[names.error, errorText(error, remark)],
    ...[names.stream, stream],
    ...[names.group, group],
    ...[names.entryId, entryId],
    ...[names.deliveries, String(deliveries)],
    ...[names.at, new Date().toISOString()],
  ];
  if (traceparent !== undefined) headers.push(names.traceparent, traceparent);
  const stack = stackOf(error);
  if (stack) headers.push(names.stack, stack.slice(0, 8_000).toWellFormed());
  return headers;
}
