import { expect, it } from 'vitest';
import { EvidenceForSpecs, idAt, ZERO } from '../audit/evidence-for-specs.js';
import { ARCHIVE } from '../kinds.js';
import { auditReplays } from './replay-audit.js';

/** Three tasks, two of which a replay took; the third was not done yet. */
function replayed(done = 2, skipped: Record<string, number> = { pending: 1 }): EvidenceForSpecs {
  const evidence = new EvidenceForSpecs();
  for (const [n, at] of [10, 20, 30].entries()) evidence.done(ARCHIVE, `t${n}`, at);
  for (const [n, at] of [10, 20].entries())
    evidence.lived(ARCHIVE, `t${n}`, at, { from: 1_000, until: 1_010, isReplay: true });
  const range = { from: '0-1', upTo: idAt(500), done, skipped };
  return evidence.told({ kind: 'replays', what: 'bulk action', name: 'op_1', state: 'done', ...range, at: ZERO });
}

it('finds nothing wrong with a replay that says what it did', () => {
  expect(replayed().broken(auditReplays)).toEqual([]);
  expect(replayed().found(auditReplays)).toMatchObject({ figures: { tasks: 3, replayed: 2, skipped: 1, unmarked: 0 } });
});

it('finds replays that did not run, ran without being told, or miss tasks of their range', () => {
  expect(replayed(3, {}).broken(auditReplays)[0]).toMatch(/3 done and 0 skipped, and 2 ran/);
  expect(replayed(1, { pending: 2 }).broken(auditReplays)[0]).toMatch(/1 done and 2 skipped, and 2 ran/);
  expect(replayed(2, {}).broken(auditReplays)[0]).toMatch(/of 3 tasks/);
});

it('a failover may take back that something was replayed, and not that it ran', () => {
  expect(replayed(1, { pending: 2 }).fault('node-kill', 900, 1_200).broken(auditReplays)).toEqual([]);
  expect(replayed(3, {}).fault('node-kill', 900, 1_200).broken(auditReplays)).toHaveLength(1);
});

it('finds a task that was not done, and counts runs that do not say that they are replays', () => {
  expect(replayed().entry(ARCHIVE, 't3', 900).broken(auditReplays)).toEqual(['t3 was not done']);
  const unmarked = replayed().lived(ARCHIVE, 't0', 10, { from: 2_000, until: 2_010 });
  expect(unmarked.found(auditReplays)).toMatchObject({ figures: { unmarked: 1 } });
});
