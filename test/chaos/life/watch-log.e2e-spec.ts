import type { TaskEvent } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { chunkText, WatchLog } from './watch-log.js';

const OF_TASK = { stream: 'q', group: 'workers', id: '1-0' };

function chunk(run: string, at: number): TaskEvent {
  return { type: 'chunk', value: chunkText(run, at), cursor: '' };
}

function completed(text: string): TaskEvent {
  const result = { entryId: '1-0', text };
  return { type: 'end', task: { ...OF_TASK, state: 'completed', hasResult: true, result }, cursor: '' };
}

const restart: TaskEvent = { type: 'restart', run: 2, cursor: '' };
const gap: TaskEvent = { type: 'gap', cursor: '' };

function seen(...events: readonly TaskEvent[]) {
  const log = new WatchLog();
  for (const event of events) log.see(event);
  return log.outcome;
}

it('keeps the text since the last restart, and the result', () => {
  const outcome = seen(chunk('a', 0), chunk('a', 1), restart, chunk('b', 0), completed('b:0 '));
  expect(outcome).toMatchObject({ end: 'completed', text: 'b:0 ', answer: 'b:0 ', restarts: 1, problem: undefined });
});

it.each([
  ['a chunk told twice', [chunk('a', 0), chunk('a', 0)], "'a:0 ' instead of 'a:1 '"],
  ['a chunk left out', [chunk('a', 0), chunk('a', 2)], "'a:2 ' instead of 'a:1 '"],
  ['a beginning left out', [chunk('a', 1)], "'a:1 ' instead of 'a:0 '"],
  ['another run without a restart', [chunk('a', 0), chunk('b', 0)], "'b:0 ' instead of 'a:1 '"],
  ['a gap', [gap], 'a gap'],
  ['an event after the end', [completed(''), chunk('a', 0)], 'chunk after the end'],
])('complains of %s', (_what, events, problem) => {
  expect(seen(...events).problem).toBe(problem);
});
