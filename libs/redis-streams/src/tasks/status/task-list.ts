import type { LetterOfTask, TaskKey, TaskLook, TaskStore } from '../../model/ports/tasks/task-store.js';
import type {
  CompletedTask,
  DeadLetteredTask,
  FinishedTask,
  TaskInfo,
  TaskState,
} from '../../model/tasks/task-info.js';
import { entryTimeMs } from '../../wire/entry-id.js';
import { RESERVED_HEADERS } from '../../wire/header-contract.js';
import { taskStateOf } from './task-state.js';

export const LISTED_STATES = ['waiting', 'running', 'retry-scheduled', 'completed', 'dead-lettered'] as const;

/** States that a list can be of. */
export type ListedState = (typeof LISTED_STATES)[number];

/** What a list of a state holds. Of what completed long ago it is only known that it has ended. */
export type ListedTask<State extends ListedState> = State extends 'completed'
  ? CompletedTask | FinishedTask
  : Extract<TaskInfo, { readonly state: State }>;

/** A part of a list. */
export interface TaskPage<Task extends TaskInfo = TaskInfo> {
  readonly tasks: readonly Task[];
  /** What to give as `from` for the next page; undefined after the last one. A page with fewer tasks, even none, may have one. */
  readonly next: string | undefined;
}

export interface TaskListQuestion {
  readonly stream: string;
  readonly group: string;
  readonly state: ListedState;
  /** The id to begin with. */
  readonly from: string;
  readonly limit: number;
}

/** So many times it is looked for more tasks, where most that may be in the state are not. */
const MOST_ROUNDS = 4;
/** Visited at once: a script holds up everyone, and it reads whole entries. */
const FEWEST_VISITED = 100;
const MOST_VISITED = 250;

type Store = Pick<TaskStore, 'scan' | 'lookAll' | 'letters'>;

interface Round {
  readonly found: readonly { readonly task: TaskInfo; readonly at: string }[];
  readonly next: string | undefined;
}

/** One page. Derived from where tasks are, not counted: between two pages they may have moved on. */
export async function listTasks(store: Store, question: TaskListQuestion): Promise<TaskPage> {
  const tasks: TaskInfo[] = [];
  let next: string | undefined = question.from;
  for (let round = 0; round < MOST_ROUNDS && next !== undefined && tasks.length < question.limit; round++) {
    const room = question.limit - tasks.length;
    const count = Math.min(MOST_VISITED, Math.max(FEWEST_VISITED, room));
    const page: Round = await visit(store, { ...question, from: next }, count);
    for (const { task } of page.found.slice(0, room)) tasks.push(task);
    next = page.found[room]?.at ?? page.next;
  }
  return { tasks, next };
}

async function visit(store: Store, question: TaskListQuestion, count: number): Promise<Round> {
  const { stream, group, state, from } = question;
  if (state === 'dead-lettered') {
    const { letters, next } = await store.letters({ stream, group, from, count });
    return { found: letters.map((letter) => ({ task: deadTask(stream, group, letter), at: letter.letterId })), next };
  }
  const { ids, next } = await store.scan({ stream, group, state, from, count });
  const looks = ids.length === 0 ? [] : await store.lookAll(stream, group, ids);
  const isListed = (found: TaskState) => found === state || (state === 'completed' && found === 'finished');
  const found = ids
    .map((id, n) => ({ task: stateOf({ stream, group, id }, looks[n]!), at: id }))
    .filter(({ task }) => isListed(task.state));
  return { found, next };
}

/** By the id that `add` returned. */
function stateOf(entry: TaskKey, look: TaskLook): TaskInfo {
  const ownId = look.reserved?.[RESERVED_HEADERS.task];
  if (ownId === undefined) return taskStateOf(entry, look);
  return taskStateOf({ ...entry, id: ownId }, { ...look, entryId: entry.id });
}

function deadTask(stream: string, group: string, { letterId, id, reason, error }: LetterOfTask): DeadLetteredTask {
  return {
    stream,
    group,
    id,
    state: 'dead-lettered',
    reason: reason === '' ? 'unknown' : (reason as DeadLetteredTask['reason']),
    error,
    deadLetterId: letterId,
    endedAt: new Date(entryTimeMs(letterId)),
  };
}
