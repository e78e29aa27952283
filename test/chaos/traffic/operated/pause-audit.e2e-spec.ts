import { expect, it } from 'vitest';
import { EvidenceForSpecs, ZERO } from '../audit/evidence-for-specs.js';
import { MAINTAINED } from '../kinds.js';
import { auditPauses } from './pause-audit.js';

/** A group that is paused from 10 s to 30 s, and a task that begins at a time. */
function begunAt(at: number, until?: number): EvidenceForSpecs {
  return new EvidenceForSpecs()
    .told({ kind: 'pauses', what: 'paused', name: MAINTAINED, until: until && ZERO + until, at: ZERO + 10_000 })
    .told({ kind: 'pauses', what: 'resuming', name: MAINTAINED, at: ZERO + 30_000 })
    .done(MAINTAINED, 't', at);
}

it('finds what begins a second after a pause, and before it is over', () => {
  expect(begunAt(9_000).broken(auditPauses)).toEqual([]);
  expect(begunAt(10_900).broken(auditPauses)).toEqual([]);
  expect(begunAt(11_100).broken(auditPauses)[0]).toMatch(/began t 1100 ms after/);
  expect(begunAt(29_000).broken(auditPauses)).toHaveLength(1);
  expect(begunAt(30_100).broken(auditPauses)).toEqual([]);
  expect(begunAt(20_000).found(auditPauses)).toMatchObject({ figures: { pauses: 1, pausedSeconds: 20 } });
});

it('a pause may end by itself', () => {
  expect(begunAt(19_000, 20_000).broken(auditPauses)).toHaveLength(1);
  expect(begunAt(21_000, 20_000).broken(auditPauses)).toEqual([]);
});

it('a worker that cannot hear has three seconds after it can, and ten where nobody told it; another has not', () => {
  expect(begunAt(12_000).fault('client-kill', 9_500, 9_600).broken(auditPauses)).toEqual([]);
  expect(begunAt(13_000).fault('client-kill', 9_500, 9_600).broken(auditPauses)).toHaveLength(1);
  expect(begunAt(19_000).fault('half-open', 9_500, 9_500, 'w1#1').broken(auditPauses)).toEqual([]);
  expect(begunAt(13_000).fault('worker-freeze', 8_000, 12_900, 'w1#1').broken(auditPauses)).toEqual([]);
  expect(begunAt(13_000).fault('worker-freeze', 8_000, 12_900, 'w2#1').broken(auditPauses)).toHaveLength(1);
  expect(begunAt(13_000).fault('memory-full', 8_000, 12_900).broken(auditPauses)).toHaveLength(1);
  expect(begunAt(25_000).fault('node-kill', 9_000, 15_000).broken(auditPauses)).toEqual([]);
});

it('finds what was never done', () => {
  const undone = new EvidenceForSpecs().entry(MAINTAINED, 't', 10);
  expect(undone.broken(auditPauses)).toEqual(['t was not done']);
});
