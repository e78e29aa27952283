import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { MOST_REVIVED_AT_ONCE, type RevivalTerms } from '../../model/ports/admin/revival.js';
import type { OperationStep } from '../../model/ports/admin/operations.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { GroupKeys, Keys } from '../keys.js';
import { stepKey } from '../lua/operations/step.js';

/** After so many bytes the rest is left to the next call: Redis does nothing else meanwhile. */
export const MOST_BYTES = 4_194_304;

interface RevivalCall {
  readonly stream: string;
  readonly group: string;
  readonly terms: RevivalTerms;
  readonly isDry?: boolean;
  readonly step?: OperationStep | undefined;
}

/** What KEYS and ARGV of the scripts begin with that `REVIVE` is part of. */
export interface ReviveArguments {
  readonly groupKeys: GroupKeys;
  /**
   * 1 stream, 2 retry, 3 lives, 4 marks, 5 cancels, 6 owed, 7 next, 8 `Keys.neverThere`: those of the tasks are put together; 9 record of the bulk
   * action, or no key of ours.
   */
  readonly keys: readonly string[];
  /**
   * 1 group, 2 consumer of scheduled retries, 3 how channels begin, 4 place for rings, 5 and 6 how the keys of records, and of output, begin,
   * 7 '1' to only tell, 8 JSON of what lives begin with, 9 their deadline: `+` and ms, epoch ms, `none`, or '' for what the entry says.
   */
  readonly args: readonly (string | number)[];
}

export function reviveArguments(keys: Keys, { stream, group, terms, isDry, step }: RevivalCall): ReviveArguments {
  const { deadline = '', ...life } = terms;
  const groupKeys = keys.ofGroup(stream, group);
  const { retry, lives, marks, cancels, owed, next, neverThere, bells, place, tasks } = groupKeys;
  return {
    groupKeys,
    keys: [
      groupKeys.stream,
      retry,
      lives,
      marks,
      cancels,
      owed,
      next,
      neverThere,
      step ? stepKey(keys, step) : neverThere,
    ],
    args: [
      ...[group, RETRY_CONSUMER, bells, place, tasks.record, tasks.output],
      ...[isDry ? 1 : 0, JSON.stringify(life), deadline],
    ],
  };
}

/** @throws RedisStreamsConfigError for more than one script should have */
export function assertFew(ids: readonly string[]): void {
  if (ids.length <= MOST_REVIVED_AT_ONCE) return;
  throw new RedisStreamsConfigError(
    `At most ${MOST_REVIVED_AT_ONCE} tasks are given another life at once, got ${ids.length}.`,
  );
}

/** The outcome of each id, in their order; none where nothing was done. */
export function outcomesOf<Outcome>(ids: readonly string[], outcomes: readonly Outcome[]) {
  return outcomes.map((outcome, n) => ({ id: ids[n]!, outcome }));
}
