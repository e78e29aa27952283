import { compareEntryIds } from '../../../../libs/redis-streams/src/wire/entry-id.js';
import { FAILOVERS } from '../../fault-kinds.js';
import { type Evidence, type Finding, storyOf } from '../audit/evidence.js';
import type { ReplayFact } from '../facts.js';
import { ARCHIVE } from '../kinds.js';

type Replay = Extract<ReplayFact, { what: 'bulk action' }>;

interface Task {
  readonly name: string;
  readonly id: string;
  readonly wasReplayed: boolean;
}

/** Each replay has had as many tasks of its range run again, marked as replays, as it says; no two have a task in common. */
export function auditReplays(evidence: Evidence): Finding {
  const replays = evidence.books.factsOf('replays').filter((fact) => fact.what === 'bulk action');
  const tasks = tasksOf(evidence);
  const count = { tasks: tasks.length, replays: replays.length, replayed: 0, skipped: 0, unmarked: 0 };
  const broken = tasks.filter(({ name }) => !wasDone(evidence, name)).map(({ name }) => `${name} was not done`);
  for (const replay of replays) {
    count.replayed += replay.done;
    count.skipped += skippedBy(replay);
    broken.push(...flawsOf(evidence, replay, tasks));
  }
  for (const { name } of tasks) count.unmarked += unmarked(evidence, name);
  return { figures: count, broken: { 'a replay runs each of its tasks, marked as a replay': broken } };
}

function flawsOf(evidence: Evidence, replay: Replay, tasks: readonly Task[]): string[] {
  const { name, state, from, upTo, done } = replay;
  if (state !== 'done') return [`the replay ${name} is ${state}`];
  const meant = tasks.filter(({ id }) => compareEntryIds(from, id) <= 0 && compareEntryIds(id, upTo) <= 0);
  const ran = meant.filter(({ wasReplayed }) => wasReplayed);
  const skipped = skippedBy(replay);
  const told = `the replay ${name} of ${meant.length} tasks, ${from} to ${upTo}, says ${done} done and ${skipped} skipped`;
  // What a failover took back may have been done, and be done again.
  const isExcused = evidence.journal.faults.some(({ kind }) => FAILOVERS.has(kind));
  const isWrong = ran.length < done || (!isExcused && (ran.length > done || meant.length !== done + skipped));
  if (!isWrong) return [];
  const others = meant.filter(({ wasReplayed }) => !wasReplayed).slice(0, 3);
  return [
    `${told}, and ${ran.length} ran as replays`,
    ...others.flatMap((task) => storyOf(evidence, task.name, ARCHIVE)),
  ];
}

function tasksOf({ left, books }: Evidence): Task[] {
  return [...left.get(ARCHIVE)!].flatMap(([name, entries]) => {
    const wasReplayed = books.runsOf(ARCHIVE, name).some(({ isReplay }) => isReplay);
    return entries.map(({ id }) => ({ name, id, wasReplayed }));
  });
}

function wasDone({ books }: Evidence, name: string): boolean {
  return books.runsOf(ARCHIVE, name).some(({ endedAt }) => endedAt !== undefined);
}

/** Runs after a replay has begun that do not say so: the life is over, or was forgotten. */
function unmarked({ books }: Evidence, name: string): number {
  const runs = books.runsOf(ARCHIVE, name);
  const first = runs.findIndex(({ isReplay }) => isReplay);
  return first < 0 ? 0 : runs.slice(first).filter(({ isReplay }) => !isReplay).length;
}

function skippedBy({ skipped }: Replay): number {
  return Object.values(skipped).reduce((sum, count) => sum + count, 0);
}
