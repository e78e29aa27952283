import { expect, it } from 'vitest';
import { EvidenceForSpecs, idAt, ZERO } from '../audit/evidence-for-specs.js';
import { chainsOf } from '../kinds.js';
import { auditChains } from './chain-audit.js';

const [IN_ONE_SLOT, OVER_FOUR] = chainsOf({ isCluster: true });

/** A document that came through so many stages, one every 100 ms. */
function document(stages = IN_ONE_SLOT!, through = 4, isCluster = false): EvidenceForSpecs {
  const evidence = new EvidenceForSpecs(isCluster);
  evidence.told({ kind: 'chains', stream: stages[0]!, name: 'd', at: ZERO });
  for (const [n, stage] of stages.slice(0, through).entries()) evidence.done(stage, 'd', n * 100, fromOf(n));
  return evidence;
}

/** What the successor says that the task of the stage before it has forwarded. */
function fromOf(n: number): string | undefined {
  return n === 0 ? undefined : `${idAt((n - 1) * 100)} 0 workers stage`;
}

it('counts documents and results, and runs that are repeated', () => {
  const evidence = document().run(IN_ONE_SLOT![1]!, 'd', 100, 150, 'w2#1');
  expect(evidence.found(auditChains)).toMatchObject({
    figures: { documents: 1, results: 1, repeats: 1, lostToFailovers: 0 },
  });
  expect(evidence.broken(auditChains)).toEqual([]);
});

it('finds a document that is missing in a stage, or was never done there', () => {
  expect(document(IN_ONE_SLOT, 3).broken(auditChains)).toEqual([expect.stringMatching(/^d is missing in .*:store/)]);
  const undone = document(IN_ONE_SLOT, 3).entry(IN_ONE_SLOT![3]!, 'd', 300, fromOf(3)).run(IN_ONE_SLOT![3]!, 'd', 300);
  expect(undone.broken(auditChains)).toEqual([expect.stringMatching(/^d was not done in .*:store/)]);
});

it('finds two successors of one task, also where one of them is gone', () => {
  const two = document().done(IN_ONE_SLOT![2]!, 'd', 250, fromOf(2));
  expect(two.broken(auditChains)[0]).toMatch(/^d is 2 tasks, .* in .*:embed/);
  const gone = document().run(IN_ONE_SLOT![2]!, 'd', 250);
  expect(gone.broken(auditChains)[0]).toMatch(/^d ran as 1700000000250-0, too/);
  expect(gone.fault('node-kill', 300, 5_000).broken(auditChains)).toEqual([]);
});

it('finds a successor of another task than the one before it', () => {
  const stranger = document(IN_ONE_SLOT, 3).done(IN_ONE_SLOT![3]!, 'd', 300, `${idAt(7)} 0 workers stage`);
  expect(stranger.broken(auditChains)).toEqual([expect.stringMatching(/^d in .*:store.* is of 1700000000007-0/)]);
});

it('a failover may lose what was on its way to another slot, and nothing within one', () => {
  const [one, four] = [IN_ONE_SLOT, OVER_FOUR].map((stages) =>
    document(stages, 2, true).fault('node-kill', 300, 5_000),
  );
  expect(four!.found(auditChains).figures).toMatchObject({ lostToFailovers: 1 });
  expect(four!.broken(auditChains)).toEqual([]);
  expect(one!.broken(auditChains)).toHaveLength(1);
});
