import { expect, it } from 'vitest';
import { HistoryWindow } from './history-window.js';

it('gives the mark below which at least maxEntries finished ones follow, and never less', () => {
  const window = new HistoryWindow(1_000);
  for (let finished = 0; finished <= 20_000; finished += 70) {
    window.note(finished, `${finished}-0`);
    const kept = window.oldestToKeep === undefined ? undefined : finished - Number.parseInt(window.oldestToKeep, 10);
    if (finished < 1_000) expect(kept).toBeUndefined();
    if (finished > 1_200) expect(kept).toBeGreaterThanOrEqual(1_000);
    if (finished > 1_200) expect(kept).toBeLessThan(1_250);
  }
});

it('begins anew when the total has gone back', () => {
  const window = new HistoryWindow(100);
  window.note(500, '5-0');
  window.note(10, '6-0');
  window.note(60, '7-0');
  expect(window.oldestToKeep).toBeUndefined();
  window.note(110, '8-0');
  expect(window.oldestToKeep).toBe('6-0');
});

it('keeps nothing where nothing is to be kept', () => {
  const window = new HistoryWindow(0);
  window.note(5, '5-0');
  expect(window.oldestToKeep).toBe('5-0');
});
