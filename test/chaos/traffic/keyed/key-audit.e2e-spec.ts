import { expect, it } from 'vitest';
import { EvidenceForSpecs, idAt, ZERO } from '../audit/evidence-for-specs.js';
import { REQUESTS } from '../kinds.js';
import { auditKeys } from './key-audit.js';

/** A key that was added at these times, and told as the task of that time. */
function key(...told: readonly [at: number, entryAt: number][]): EvidenceForSpecs {
  const evidence = new EvidenceForSpecs();
  for (const [at, entryAt] of told) evidence.told({ kind: 'keyed', name: 'k', id: idAt(entryAt), at: ZERO + at });
  return evidence;
}

it('finds nothing wrong with one task that all adds were told of', () => {
  const evidence = key([1, 1], [2, 1]).done(REQUESTS, 'k', 1);
  expect(evidence.found(auditKeys)).toMatchObject({ figures: { keys: 1, adds: 2, repeats: 0 } });
  expect(evidence.broken(auditKeys)).toEqual([]);
});

it('finds a second task, an id of no task, and a task that is gone', () => {
  expect(key([1, 1], [2, 2]).done(REQUESTS, 'k', 1).done(REQUESTS, 'k', 2).broken(auditKeys)[0]).toMatch(
    /^k is 2 tasks/,
  );
  expect(key([1, 1], [2, 2]).done(REQUESTS, 'k', 1).broken(auditKeys)[0]).toMatch(/^k is .*-0, and was told as .*2-0$/);
  expect(key([1, 1]).broken(auditKeys)[0]).toMatch(/^k is missing/);
});

it('a failover may lose a key together with its task, right after the add', () => {
  const gone = key([1, 1]).fault('node-kill', 500, 5_000);
  expect(gone.found(auditKeys)).toMatchObject({ figures: { lostToFailovers: 1 } });
  expect(gone.broken(auditKeys)).toEqual([]);
  expect(key([1, 1]).fault('node-kill', 9_000, 12_000).broken(auditKeys)).toHaveLength(1);
  const made = key([1, 1], [9_000, 9_000]).run(REQUESTS, 'k', 1, 5).done(REQUESTS, 'k', 9_000);
  expect(made.broken(auditKeys)).toHaveLength(1);
  expect(made.fault('node-freeze', 500, 5_000).broken(auditKeys)).toEqual([]);
});
