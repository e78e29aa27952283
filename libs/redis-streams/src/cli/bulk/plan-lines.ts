import type { OperationPlan } from '../../model/operations/operation.js';
import { commandWords } from '../output/command-words.js';
import { shortened } from '../output/printable.js';
import { humanDuration } from '../output/times.js';

const DOES = { redrive: 'redrive', purge: 'delete for good', replay: 'run again' } as const;

/**
 * What would be done, as people read it.
 * @param copyTo of a replay that copies: where to
 */
export function planLines(plan: OperationPlan, copyTo?: string): string[] {
  const { kind, eligible, notEligible, sample, estimatedMs, warnings } = plan;
  const others = Object.entries(notEligible);
  const all = others.reduce((sum, [, count]) => sum + count, eligible);
  const why = others.map(([cause, count]) => `${count.toLocaleString('en-US')} ${cause}`).join(', ');
  return [
    `would ${copyTo === undefined ? DOES[kind] : 'copy'} ${eligible.toLocaleString('en-US')} of ${all.toLocaleString('en-US')}` +
      (copyTo === undefined ? '' : ` to '${copyTo}'`) +
      (why === '' ? '' : ` · not eligible: ${why}`) +
      (eligible === 0 || estimatedMs < 1 ? '' : ` · about ${humanDuration(estimatedMs)}`),
    ...warnings.map((warning) => `warning: ${commandWords(warning)}`),
    ...sample.map(
      ({ id, taskId, group, reason, error }) =>
        `  ${taskId}${group === '' ? '' : ` in ${group}`}${id === taskId ? '' : ` (letter ${id})`}${causeOf(reason, error)}`,
    ),
  ];
}

function causeOf(reason: string | undefined, error: string | undefined): string {
  const text = [reason, error?.split('\n', 1)[0]].filter(Boolean).join(': ');
  return text === '' ? '' : `: ${shortened(text, 100)}`;
}
