import type { OutputEntry, OutputPage, TaskKey } from '../../model/ports/tasks/task-store.js';
import type { TaskEvent } from '../../model/tasks/task-event.js';
import type { TaskInfo } from '../../model/tasks/task-info.js';
import { OUTPUT_KINDS } from '../../wire/tasks/output.js';
import { taskStateOf } from '../status/task-state.js';
import { BEGINNING, type Cursor, endCursor, writeCursor } from './cursor.js';
import { isEnded, shortState } from './short-state.js';
import { shortText } from './short-text.js';

type Unplaced = TaskEvent extends infer Event ? (Event extends TaskEvent ? Omit<Event, 'cursor'> : never) : never;

/** Whom a watcher tells. */
export interface WatchListener {
  /** Each event. */
  readonly next: (event: TaskEvent) => void;
  /** Why there will be none any more. */
  readonly error: (reason: unknown) => void;
}

/** One who watches a task: makes events of what there is to see, each once and in its order. */
export class Watcher {
  /** What it goes on after. */
  position: string;
  private state: string;
  private progress: string;
  /** The run whose chunks were told last; empty where none was. */
  private run: string;
  isOver = false;
  /** Whether its position, which somebody else says it had reached, is still to be looked at. */
  isUnproven: boolean;

  constructor(
    private readonly task: TaskKey,
    from: Cursor,
    private readonly listener: WatchListener,
  ) {
    ({ position: this.position, state: this.state, progress: this.progress } = from);
    this.isUnproven = this.position !== BEGINNING.position;
    this.run = this.isUnproven ? runOf(this.position) : '';
  }

  /** Whether it is to be told how the task stands, besides what it writes. */
  get isNew(): boolean {
    return this.isUnproven || this.state === '';
  }

  /** There is no such position: what it was told is void, and told anew. */
  beginAnew(first: OutputEntry): void {
    this.isUnproven = false;
    this.position = BEGINNING.position;
    this.run = runOf(first.id);
    this.emit({ type: 'restart', run: Number(this.run) });
  }

  /** @returns whether there was anything new */
  see({ look, entries, isMore }: OutputPage): boolean {
    if (!look) return this.seeEntries(entries);
    const info = taskStateOf(this.task, look);
    const hasState = this.seeState(info, isEnded(info, look));
    let isNew = this.seeEntries(entries, info) || hasState;
    if (this.isOver) return true;
    if (this.position === BEGINNING.position) isNew = this.seeProgress(info) || isNew;
    if (isMore || !isEnded(info, look)) return isNew;
    this.end(info);
    return true;
  }

  private seeState(info: TaskInfo, hasEnded: boolean): boolean {
    const state = shortState(info);
    // How it ended is told once all else is.
    if (state === this.state || (this.state !== '' && hasEnded)) return false;
    this.state = state;
    this.emit({ type: 'state', task: info });
    return true;
  }

  private seeEntries(entries: readonly OutputEntry[], info?: TaskInfo): boolean {
    for (const entry of entries) {
      if (this.isOver) break;
      this.seeEntry(entry, info);
    }
    return entries.length > 0;
  }

  private seeEntry({ id, kind, value }: OutputEntry, info: TaskInfo | undefined): void {
    const run = runOf(id);
    const isAnew = this.run !== '' && this.run !== run;
    this.position = id;
    this.run = run;
    if (isAnew && kind !== OUTPUT_KINDS.end) this.emit({ type: 'restart', run: Number(run) });
    if (kind === OUTPUT_KINDS.chunk || kind === OUTPUT_KINDS.progress) this.seeValue(kind, value);
    else if (kind === OUTPUT_KINDS.gap) this.emit({ type: 'gap' });
    else if (kind === OUTPUT_KINDS.end && info) this.end(endedAs(value, info));
  }

  private seeValue(kind: string, json: string): void {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      // Somebody else's: this library writes JSON.
      return;
    }
    this.emit({ type: kind === OUTPUT_KINDS.chunk ? 'chunk' : 'progress', value });
  }

  /** What has no output has its progress in its record. */
  private seeProgress({ progress: value }: TaskInfo): boolean {
    if (value === undefined) return false;
    const progress = shortText(JSON.stringify(value));
    if (progress === this.progress) return false;
    this.progress = progress;
    this.emit({ type: 'progress', value });
    return true;
  }

  fail(reason: unknown): void {
    this.isOver = true;
    this.listener.error(reason);
  }

  private end(task: TaskInfo): void {
    this.isOver = true;
    this.listener.next({ type: 'end', task, cursor: endCursor(this.task, this.position) });
  }

  private emit(event: Unplaced): void {
    const { position, state, progress } = this;
    // What is spread comes last: see "What V8 keeps" in docs/performance.md.
    this.listener.next({ cursor: writeCursor(this.task, { position, state, progress }), ...event });
  }
}

function runOf(id: string): string {
  return id.slice(0, id.indexOf('-'));
}

/** Its record, or its entry, may be gone before its output. */
function endedAs(state: string, info: TaskInfo): TaskInfo {
  if (info.state === state) return info;
  const { stream, group, id, progress } = info;
  if (state === 'completed') return { stream, group, id, progress, state, hasResult: false, result: undefined };
  return { stream, group, id, progress, state: 'finished' };
}
