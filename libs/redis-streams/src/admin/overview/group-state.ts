import { describePause, type GroupPause } from '../../model/groups/group-pause.js';
import { type Count, count, inTime, since } from './words.js';
import type { GroupActivity } from './stream-overview.js';

/** What there is to judge a group by. Durations are milliseconds. */
export interface GroupFacts {
  readonly writesRefused: string | undefined;
  readonly pause: GroupPause | undefined;
  readonly waiting: Count;
  readonly oldestWaitingMs: number | undefined;
  readonly running: number;
  readonly left: number;
  readonly retries: number;
  readonly retriesDue: number;
  readonly nextRetryInMs: number | undefined;
  readonly slots: number | undefined;
  /** Of the slots, those that stuck runs hold. */
  readonly stuck: number;
  readonly liveWorkers: number;
  /** Since a live worker has read or claimed something. */
  readonly sinceReadMs: number;
  readonly addedPerSecond: number | undefined;
  readonly finishedPerSecond: number | undefined;
}

export interface JudgedGroup {
  readonly state: GroupActivity;
  readonly why: string;
}

/** Whoever has a free slot reads at once; so long the network, a busy process or an outage may hold that up. */
const NOT_READ_AFTER_MS = 5_000;

/** What a group is doing, or why it does nothing. Of several reasons, the first that would have to go. */
export function judgeGroup(facts: GroupFacts): JudgedGroup {
  return (
    refused(facts) ??
    paused(facts) ??
    finished(facts) ??
    workerless(facts) ??
    full(facts) ??
    unread(facts) ??
    working(facts) ??
    takingOver(facts) ??
    later(facts)
  );
}

function refused({ writesRefused }: GroupFacts): JudgedGroup | undefined {
  if (writesRefused === undefined) return undefined;
  return { state: 'writes-refused', why: `Redis refuses to write: ${writesRefused}.` };
}

function paused(facts: GroupFacts): JudgedGroup | undefined {
  if (!facts.pause) return undefined;
  const rest = toDo(facts);
  return { state: 'paused', why: `Paused ${describePause(facts.pause)}${rest === '' ? '' : ` (${rest})`}.` };
}

function finished({ waiting, running, left, retries, stuck, liveWorkers }: GroupFacts): JudgedGroup | undefined {
  if (waiting.count + running + left + retries > 0) return undefined;
  const nobody = liveWorkers === 0 ? ', and no live worker' : '';
  return { state: 'nothing-to-do', why: `Nothing to do: all is finished${nobody}.${heldWords(stuck)}` };
}

function workerless(facts: GroupFacts): JudgedGroup | undefined {
  if (facts.liveWorkers > 0) return undefined;
  return { state: 'no-live-worker', why: `No live worker: ${toDo(facts)}.` };
}

function full(facts: GroupFacts): JudgedGroup | undefined {
  const { slots, stuck, running, waiting, retriesDue, addedPerSecond: added, finishedPerSecond: done } = facts;
  if (slots === undefined || running + stuck < slots || waiting.count + retriesDue === 0) return undefined;
  const grows = added !== undefined && done !== undefined && added > 1.05 * done;
  const rates = grows ? ` More are added than finished: ${perSecond(added)} against ${perSecond(done)} a second.` : '';
  return { state: 'slots-busy', why: `All ${slots} slots are busy: ${toDo(facts)}.${heldWords(stuck)}${rates}` };
}

function unread(facts: GroupFacts): JudgedGroup | undefined {
  const { slots, stuck, running, oldestWaitingMs = 0, sinceReadMs, finishedPerSecond: done } = facts;
  if (slots === undefined || oldestWaitingMs < NOT_READ_AFTER_MS) return undefined;
  // Whoever works off a long backlog always has old ones waiting.
  if (done === undefined ? sinceReadMs < NOT_READ_AFTER_MS : done > 0) return undefined;
  const why = `${sentence(toDo(facts))}, though ${slots - running - stuck} of ${slots} slots are free: see the workers' health and logs.${heldWords(stuck)}`;
  return { state: 'not-read', why };
}

function working({ running, slots, stuck, waiting }: GroupFacts): JudgedGroup | undefined {
  if (running === 0 && waiting.count === 0) return undefined;
  const busy = slots === undefined ? `${running} running` : `${running} of ${slots} slots are busy`;
  const next = waiting.count > 0 ? `; ${count(waiting)} about to be read` : '';
  return { state: 'running', why: `${sentence(busy)}${next}.${heldWords(stuck)}` };
}

function takingOver({ left, stuck }: GroupFacts): JudgedGroup | undefined {
  if (left === 0) return undefined;
  return {
    state: 'taking-over',
    why: `${left} left by workers that died: live ones take them over when their leases end.${heldWords(stuck)}`,
  };
}

function later({ retries, retriesDue, nextRetryInMs, stuck }: GroupFacts): JudgedGroup {
  const held = heldWords(stuck);
  if (retriesDue > 0)
    return { state: 'running', why: `Retries that are due, and about to be claimed: ${retriesDue}.${held}` };
  const next = nextRetryInMs === undefined ? '' : `, the next due ${inTime(nextRetryInMs)}`;
  return { state: 'retry-later', why: `All that is unfinished waits for its retry: ${retries}${next}.${held}` };
}

function toDo({ waiting, oldestWaitingMs, left, retries, running }: GroupFacts): string {
  const parts = [
    waiting.count > 0 && `${count(waiting)} waiting${oldestWaitingMs === undefined ? '' : since(oldestWaitingMs)}`,
    running > 0 && `${running} running`,
    left > 0 && `${left} left by workers that died`,
    retries > 0 && `${retries} scheduled for a retry`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** A sentence for the end of another. */
function heldWords(stuck: number): string {
  if (stuck === 0) return '';
  const slots = stuck === 1 ? '1 slot is' : `${stuck} slots are`;
  return ` ${slots} held by stuck runs: handlers that go on though they were told to end, and settle nothing.`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function perSecond(rate: number): string {
  return rate >= 10 ? rate.toFixed(0) : rate.toFixed(1);
}
