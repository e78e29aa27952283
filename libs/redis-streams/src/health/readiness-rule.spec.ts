import { describe, expect, it } from 'vitest';
import type { LoopHealth } from './health-rule.js';
import { judgeReadiness, type ReadinessFacts } from './readiness-rule.js';

const judge = (facts: Partial<ReadinessFacts>) =>
  judgeReadiness({ isStopping: false, obstacle: undefined, idle: undefined, consumers: [], backlogs: [], ...facts });

const loop = (status: LoopHealth['status'], reason?: string): LoopHealth => ({
  ...{ stream: 's', group: 'g', running: 0, concurrency: 1 },
  ...{ status, ...(reason && { reason }) },
});

describe('a process is', () => {
  it.each<[string, string, Partial<ReadinessFacts>, string[]]>([
    ['up', 'where all is well', { consumers: [loop('up')] }, []],
    ['down', 'while adds do not pass', { obstacle: 'OOM' }, ['adds do not pass: OOM']],
    ['down', 'while one of its loops is', { consumers: [loop('up'), loop('down', 'stopped')] }, ['s (g): stopped']],
    ['degraded', 'while one of its loops is', { consumers: [loop('degraded', 'starting')] }, ['s (g): starting']],
    [
      'down',
      'while it runs nothing and should',
      { idle: { status: 'down', reason: 'nobody listens' } },
      ['nobody listens'],
    ],
    [
      'down',
      'while too much waits',
      { backlogs: [{ stream: 's', group: 'g', status: 'down', reason: 'much' }] },
      ['s (g): much'],
    ],
  ])('%s %s', (status, _when, facts, reasons) => {
    expect(judge(facts)).toEqual({ status, reasons });
  });

  it('down for all reasons, those that keep it from being ready first', () => {
    const consumers = [loop('degraded', 'slow'), loop('down', 'gone')];
    const backlogs = [{ stream: 's', group: 'g', status: 'degraded', reason: 'unknown' } as const];
    expect(judge({ obstacle: 'OOM', consumers, backlogs })).toEqual({
      status: 'down',
      reasons: ['adds do not pass: OOM', 's (g): gone', 's (g): slow', 's (g): unknown'],
    });
  });

  it('down for its shutdown alone, once that has begun', () => {
    const { reasons } = judge({ isStopping: true, obstacle: 'closed', consumers: [loop('down', 'stopped')] });
    expect(reasons).toEqual(['the application is shutting down']);
  });
});
