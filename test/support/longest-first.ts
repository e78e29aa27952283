import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest begins first: else the end of a run waits for one file alone. In the order of their durations. */
const LONGEST = [
  'chaos',
  'lease',
  'health',
  'cluster-crash',
  'wedges',
  'page',
  'start',
  'lease-thread',
  'cluster-adds',
];

/** vitest knows durations of earlier runs only, of which a fresh clone has none. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the sequencer's own
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.indexOf(basename(moduleId, '.e2e-spec.ts'));
  return rank === -1 ? LONGEST.length : rank;
}
