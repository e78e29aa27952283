import { setTimeout as wait } from 'node:timers/promises';
import { DrainInterruptedError } from '../../model/errors/group-errors.js';
import type { GroupState } from '../../model/groups/group-state.js';

/** Between two looks, in milliseconds: twice as long each time. */
const FIRST_LOOK_AFTER_MS = 50;
const LOOK_EVERY_MS = 1_000;
/** One that does not say that it is there, of an earlier version or not ours, is gone when it has been silent for so long. */
const SILENT_AFTER_MS = 15_000;

export interface DrainParts {
  readonly look: () => Promise<GroupState>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((state: GroupState) => void) | undefined;
}

/** Waits until nothing runs in a paused group, and nothing can begin: until every worker there is has heard of the pause. */
export async function untilDrained({ look, timeoutMs, signal, onProgress }: DrainParts): Promise<GroupState> {
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_LOOK_AFTER_MS; ; pauseMs = Math.min(2 * pauseMs, LOOK_EVERY_MS)) {
    signal?.throwIfAborted();
    const state = await look();
    onProgress?.(state);
    if (!state.pause)
      throw new DrainInterruptedError(state, `${nameOf(state)} was resumed before all that ran there had ended.`);
    const unheard = unheardIn(state);
    if (state.running.length === 0 && unheard.length === 0) return state;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) throw new DrainInterruptedError(state, notDrained(state, unheard, timeoutMs));
    await wait(Math.min(pauseMs, leftMs), undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** Who may still start something. */
function unheardIn({ workers }: GroupState): string[] {
  return workers
    .filter(
      ({ hasHeard, slots, idleMs }) => !hasHeard && (slots !== undefined || (idleMs ?? Infinity) < SILENT_AFTER_MS),
    )
    .map(({ consumer }) => consumer);
}

function notDrained(state: GroupState, unheard: readonly string[], timeoutMs: number): string {
  const running = state.running.map(({ entryId, consumer }) => `${entryId} at ${consumer}`);
  const reasons = [
    running.length > 0 && `${running.length} still run: ${shortened(running)}`,
    unheard.length > 0 &&
      `${unheard.length} workers have not heard of the pause (those whose event loop is blocked hear when it is free; those of a version that knows no pauses never do): ${shortened(unheard)}`,
  ];
  return `${nameOf(state)} is paused, and not drained after ${timeoutMs} ms: ${reasons.filter(Boolean).join('; ')}. It stays paused.`;
}

function nameOf({ stream, group }: GroupState): string {
  return `The group '${group}' of '${stream}'`;
}

function shortened(names: readonly string[]): string {
  return names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
}
