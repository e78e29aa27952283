import type { ChainLook, TaskKey, TaskLook, TaskStore } from '../../model/ports/tasks/task-store.js';
import type { TaskInfo } from '../../model/tasks/task-info.js';
import type { TaskTrace, TracedTask } from '../../model/tasks/task-trace.js';
import { entryTimeMs } from '../../wire/entry-id.js';
import { type Origin, originOf, type TaskOfStream } from '../../wire/tasks/chains/origin.js';
import { isOwnId } from '../../wire/tasks/own-id.js';
import { taskStateOf } from '../status/task-state.js';

const MOST_TASKS = 1_000;
/** So many are one script's. */
const LOOKS_AT_ONCE = 100;
/** As long as chains may be. */
const MOST_DEPTH = 101;

type Store = Pick<TaskStore, 'look' | 'lookAtChain'>;

interface Found extends ChainLook {
  readonly at: TaskOfStream;
  readonly origin: Origin;
}

/** All tasks of the chain that a task is of, as far as they are known: up to its first task, and down from there. */
export async function traceTask(store: Store, task: TaskKey): Promise<TaskTrace> {
  const entry = await entryOf(store, task);
  if ('look' in entry) return { correlationId: task.id, tasks: [outside(task, entry.look)], isCut: false };
  const trace = new Trace(store, task.group);
  const path = await trace.pathTo(entry);
  const { root, from } = path.at(-1)!.origin;
  // Where the way up is broken, the first task may still tell of others.
  const first = from && (await entryOf(store, { ...root, group: task.group }));
  if (first && !('look' in first)) await trace.descend([first], 0);
  for (const { at, origin } of path.toReversed()) await trace.descend([at], origin.hops);
  const tasks = trace.found().toSorted((one, other) => one.depth - other.depth);
  return { correlationId: root.id, tasks, isCut: trace.isCut };
}

/** Chains know entries only. @returns the entry that a task is; or what there is of one that is none */
async function entryOf(
  store: Store,
  { stream, group, id }: TaskKey,
): Promise<TaskOfStream | { readonly look: TaskLook }> {
  if (!isOwnId(id)) return { stream, id };
  const look = await store.look({ stream, group, id });
  return look.entryId === undefined ? { look } : { stream, id: look.entryId };
}

/** It has not entered its stream yet, never did, or that is no longer known. */
function outside(task: TaskKey, look: TaskLook): TracedTask {
  const state = taskStateOf(task, look);
  const endedAt = 'endedAt' in state ? state.endedAt : undefined;
  const next = isForgotten(state) ? undefined : [];
  return { task: state, depth: 0, addedAt: undefined, endedAt, from: undefined, next };
}

/** What was found so far: each task once. */
class Trace {
  private readonly tasks = new Map<string, TracedTask>();
  isCut = false;

  constructor(
    private readonly store: Store,
    private readonly group: string,
  ) {}

  found(): readonly TracedTask[] {
    return [...this.tasks.values()];
  }

  /** From a task up to the first one that is known of its chain. */
  async pathTo(at: TaskOfStream): Promise<readonly Found[]> {
    const path: Found[] = [];
    for (let next: TaskOfStream | undefined = at; next && path.length < MOST_DEPTH;) {
      const [found] = await this.lookAt([next]);
      // What has gone is told by who comes from it.
      if (path.length > 0 && !found!.look.reserved) break;
      path.push(found!);
      next = found!.origin.from;
    }
    return path;
  }

  /** Finds these, and all that come from them, level by level. */
  async descend(from: readonly TaskOfStream[], depth: number): Promise<void> {
    let level = from;
    for (let below = 0; level.length > 0 && below <= MOST_DEPTH; below++) {
      const fresh = this.fresh(level);
      const found = await this.lookAt(fresh);
      for (const each of found) this.tasks.set(nameOf(each.at), this.traced(each, depth + below));
      level = found.flatMap(({ next }) => next?.tasks ?? []);
    }
  }

  private fresh(level: readonly TaskOfStream[]): readonly TaskOfStream[] {
    const fresh = new Map<string, TaskOfStream>();
    for (const at of level) {
      if (this.tasks.has(nameOf(at))) continue;
      if (this.tasks.size + fresh.size < MOST_TASKS) fresh.set(nameOf(at), at);
      else this.isCut = true;
    }
    return [...fresh.values()];
  }

  private async lookAt(all: readonly TaskOfStream[]): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (const [stream, ids] of byStream(all)) {
      for (let first = 0; first < ids.length; first += LOOKS_AT_ONCE) {
        const some = ids.slice(first, first + LOOKS_AT_ONCE);
        const looks = await this.store.lookAtChain(stream, this.group, some);
        looks.forEach((each, n) => {
          const at = { stream, id: some[n]! };
          found.push({ at, origin: originOf(at, each.look.reserved), ...each });
        });
      }
    }
    return found;
  }

  private traced({ at, look, next, origin }: Found, depth: number): TracedTask {
    const task = taskStateOf({ ...at, group: this.group }, look);
    const recorded = 'endedAt' in task ? task.endedAt : undefined;
    const { from } = origin;
    return {
      task,
      depth,
      addedAt: new Date(entryTimeMs(at.id)),
      endedAt: recorded ?? (next && new Date(next.endedAt)),
      from: from && { stream: from.stream, id: from.id },
      next: next?.tasks ?? (isForgotten(task) ? undefined : []),
    };
  }
}

/** What it may have forwarded is not known any more. */
function isForgotten({ state }: TaskInfo): boolean {
  return state === 'unknown' || state === 'finished';
}

function nameOf({ stream, id }: TaskOfStream): string {
  return `${id} ${stream}`;
}

function byStream(all: readonly TaskOfStream[]): ReadonlyMap<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { stream, id } of all) ids.set(stream, [...(ids.get(stream) ?? []), id]);
  return ids;
}
