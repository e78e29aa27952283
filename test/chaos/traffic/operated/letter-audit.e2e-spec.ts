import { expect, it } from 'vitest';
import { EvidenceForSpecs, idAt, ZERO } from '../audit/evidence-for-specs.js';
import { REPAIRS } from '../kinds.js';
import { curesOf } from './cures.js';
import { auditLetters } from './letter-audit.js';

/** A task that so many redrives cure. */
function nameOf(cures: number): string {
  for (let n = 0; ; n++) if (curesOf({ name: `letters-${n}` }) === cures) return `letters-${n}`;
}

const ONCE = nameOf(1);
const NEVER = nameOf(Infinity);

function died(evidence: EvidenceForSpecs, name: string): EvidenceForSpecs {
  return evidence
    .entry(REPAIRS, name, 10)
    .run(REPAIRS, name, 10)
    .noted(REPAIRS, 10, 20, 'w1#1 settled: dead: unrecoverable');
}

function cured(evidence = new EvidenceForSpecs()): EvidenceForSpecs {
  return died(evidence, ONCE)
    .lived(REPAIRS, ONCE, 10, { from: 5_000, until: 5_010, redrives: 1 })
    .noted(REPAIRS, 10, 5_020, 'w1#1 settled: completed');
}

function left(evidence: EvidenceForSpecs, name: string): EvidenceForSpecs {
  return evidence.told({ kind: 'letters', what: 'left', name, id: idAt(20), at: ZERO + 60_000 });
}

it('finds nothing wrong with a task that was cured, and with one letter of what nothing cures', () => {
  expect(cured().broken(auditLetters)).toEqual([]);
  expect(cured().found(auditLetters)).toMatchObject({ figures: { tasks: 1, redriven: 1, letters: 0, repeats: 0 } });
  expect(left(died(new EvidenceForSpecs(), NEVER), NEVER).broken(auditLetters)).toEqual([]);
});

it('finds a letter that is lost, one that is doubled, and one that outlived its redrive', () => {
  expect(died(new EvidenceForSpecs(), NEVER).broken(auditLetters)[0]).toMatch(/has lost its letter$/);
  expect(left(left(died(new EvidenceForSpecs(), NEVER), NEVER), NEVER).broken(auditLetters)[0]).toMatch(
    /has 2 letters/,
  );
  expect(left(cured(), ONCE).broken(auditLetters)[0]).toMatch(/has 1 letters/);
  expect(left(cured(), ONCE).fault('group-destroy', 100, 200).broken(auditLetters)).toEqual([]);
});

it('finds a task that was never cured, a life that never ran, and a life after the cure', () => {
  expect(died(new EvidenceForSpecs(), ONCE).broken(auditLetters)[0]).toMatch(/was not done$/);
  const skipped = new EvidenceForSpecs()
    .entry(REPAIRS, ONCE, 10)
    .lived(REPAIRS, ONCE, 10, { from: 20, until: 30, redrives: 1 });
  expect(skipped.broken(auditLetters)[0]).toMatch(/never run in life 0$/);
  const again = () => cured().lived(REPAIRS, ONCE, 10, { from: 9_000, until: 9_010, redrives: 2 });
  expect(again().broken(auditLetters)[0]).toMatch(/ran again after it was completed$/);
  expect(again().fault('group-destroy', 6_000, 7_000).broken(auditLetters)).toEqual([]);
});

it('finds two ends of one life', () => {
  const twice = cured().noted(REPAIRS, 10, 9_000, 'w2#1 settled: dead: unrecoverable');
  expect(twice.broken(auditLetters)[0]).toMatch(/ended twice in one life$/);
});

it('takes the late word of a worker that was cut off, and whose task another had completed, for no end', () => {
  const cutOff = () =>
    died(new EvidenceForSpecs(), ONCE).lived(REPAIRS, ONCE, 10, { from: 5_000, until: 5_010, redrives: 1 });
  const takenOver = cutOff()
    .lived(REPAIRS, ONCE, 10, { from: 8_000, until: 8_010, redrives: 1, worker: 'w2#1' })
    .noted(REPAIRS, 10, 8_020, 'w2#1 settled: completed')
    .noted(REPAIRS, 10, 20_000, 'w1#1 settled: completed');
  expect(takenOver.broken(auditLetters)).toEqual([]);
  const dead = cutOff()
    .noted(REPAIRS, 10, 8_020, 'w2#1 settled: completed')
    .noted(REPAIRS, 10, 20_000, 'w1#1 settled: dead: unrecoverable');
  expect(dead.broken(auditLetters)[0]).toMatch(/ended twice in one life$/);
});

/** Its letter is written a second time, and each is redriven. */
function doubled(): EvidenceForSpecs {
  return died(new EvidenceForSpecs(), ONCE)
    .noted(REPAIRS, 10, 3_000, 'w2#1 settled: dead: unrecoverable')
    .lived(REPAIRS, ONCE, 10, { from: 9_000, until: 9_010, redrives: 1 })
    .noted(REPAIRS, 10, 9_020, 'w1#1 settled: completed')
    .lived(REPAIRS, ONCE, 10, { from: 12_000, until: 12_010, redrives: 1 })
    .noted(REPAIRS, 10, 12_020, 'w1#1 settled: completed');
}

it('judges no life after its group was lost and its letter doubled', () => {
  expect(doubled().fault('group-destroy', 1_500, 1_600).broken(auditLetters)).toEqual([]);
  expect(doubled().fault('group-destroy', 6_000, 6_100).broken(auditLetters)[0]).toMatch(/ended twice in one life$/);
});

it('finds a bulk action that has not ended', () => {
  const fact = {
    kind: 'letters',
    what: 'bulk action',
    name: 'op_1',
    from: '0-1',
    upTo: idAt(1),
    done: 0,
    skipped: {},
  } as const;
  expect(
    cured()
      .told({ ...fact, state: 'running', at: ZERO })
      .broken(auditLetters),
  ).toEqual(['the redrive op_1 is running']);
  expect(
    cured()
      .told({ ...fact, state: 'stopped', at: ZERO })
      .broken(auditLetters),
  ).toEqual([]);
});
