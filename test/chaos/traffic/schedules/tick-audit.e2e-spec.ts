import { expect, it } from 'vitest';
import { EvidenceForSpecs, ZERO } from '../audit/evidence-for-specs.js';
import { TICKS } from '../kinds.js';
import { auditTicks } from './tick-audit.js';

/** Ticks of these seconds, each with a task 5 ms later. */
function ticks(...seconds: readonly number[]): EvidenceForSpecs {
  const evidence = new EvidenceForSpecs();
  for (const second of seconds) evidence.done(TICKS, nameOf(second), second * 1_000 + 5);
  return evidence;
}

function nameOf(second: number): string {
  return String(ZERO + second * 1_000);
}

const FIVE_SECONDS = 5_500;

it('counts ticks, and how late their tasks are', () => {
  const { figures } = ticks(0, 1, 2, 3).found(auditTicks, FIVE_SECONDS);
  expect(figures).toEqual({ ticks: 4, missedWhileBroken: 0, repeats: 0, lateMs: { p50: 5, p99: 5, max: 5 } });
  expect(ticks(0, 1, 2, 3).broken(auditTicks, FIVE_SECONDS)).toEqual([]);
});

it('finds a tick without a task, with two, and with one that is early or gone', () => {
  expect(ticks(0, 1, 3).broken(auditTicks, FIVE_SECONDS)).toEqual([
    expect.stringMatching(/2000, the 3th, has made no task/),
  ]);
  expect(ticks(0, 1, 2).broken(auditTicks, FIVE_SECONDS)).toHaveLength(1);
  expect(new EvidenceForSpecs().broken(auditTicks)).toEqual(['no tick has made a task']);
  const all = () => ticks(0, 1, 2, 3);
  expect(all().done(TICKS, nameOf(2), 2_300).broken(auditTicks, FIVE_SECONDS)[0]).toMatch(/2000 has made 2 tasks/);
  expect(ticks(0, 1, 3).done(TICKS, nameOf(2), 1_999).broken(auditTicks, FIVE_SECONDS)[0]).toMatch(
    /is before its tick/,
  );
  expect(all().run(TICKS, nameOf(2), 2_300).broken(auditTicks, FIVE_SECONDS)[0]).toMatch(/too, which is gone/);
});

it('none is made where Redis is broken until the next one, or every worker', () => {
  expect(ticks(0, 1, 3).fault('redis-kill', 1_500, 2_500).broken(auditTicks, FIVE_SECONDS)).toEqual([]);
  expect(ticks(0, 1, 3).fault('group-destroy', 1_500, 2_500).broken(auditTicks, FIVE_SECONDS)).toHaveLength(1);
  expect(ticks(0, 1, 3).fault('worker-freeze', 1_500, 3_500, 'w1#1').broken(auditTicks, FIVE_SECONDS)).toHaveLength(1);
  const both = ticks(0, 1, 3).fault('worker-freeze', 1_500, 3_500, 'w1#1').fault('black-hole', 2_900, 3_500, 'w2#1');
  expect(both.found(auditTicks, FIVE_SECONDS)).toMatchObject({ figures: { missedWhileBroken: 1 } });
  expect(both.broken(auditTicks, FIVE_SECONDS)).toEqual([]);
});
