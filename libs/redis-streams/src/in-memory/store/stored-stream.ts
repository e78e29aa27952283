import type { GroupPause } from '../../model/groups/group-pause.js';
import type { RedisFailure } from '../../model/ports/redis-failure.js';
import type { RawEntry } from '../../model/entry.js';
import { EntryLog } from './entry-log.js';
import type { GroupMark } from './group-mark.js';
import { RetrySchedule } from './retry-schedule.js';
import type { ServerClock } from './server-clock.js';
import { StoredGroup } from './stored-group.js';
import { StoredTasks } from './stored-tasks.js';

/** A read that waits for entries. */
export interface BlockedRead {
  readonly group: string;
  /** Takes what there is for it by now, if anything. */
  serve(): void;
  /** Its group is gone. */
  groupMissing(): void;
}

/** A stream with all that lies beside it: its groups, dead letters, retries and marks. Tests look into it and break it. */
export class StoredStream {
  /** Why Redis takes no dead letter, as it would say it; undefined while it takes them. */
  deadLetterError: string | undefined;
  /** When the next delayed task is due, by the server's clock; undefined while there is none. */
  nextDelayedAt: number | undefined;
  /** Its keys are on another server than those of other streams. */
  isElsewhere = false;
  /** Why Redis takes nothing that is forwarded to it, as it would say it; undefined while it does. */
  addError: string | undefined;
  /** Ids of what was forwarded to it from elsewhere, by what it was forwarded for. */
  readonly markers = new Map<string, string>();
  /** Why Redis keeps no marks; undefined while it keeps them. */
  marksFailure: RedisFailure | undefined;
  readonly dead: EntryLog;
  readonly marks = new Map<string, GroupMark>();
  /** Idempotency keys: `<task id> <fingerprint>` each. */
  readonly heldKeys = new Map<string, string>();
  private log: EntryLog;
  private isThere = false;
  private readonly groups = new Map<string, StoredGroup>();
  private readonly retries = new Map<string, RetrySchedule>();
  private readonly tasks = new Map<string, StoredTasks>();
  /** By group. */
  readonly pauses = new Map<string, GroupPause>();
  private readonly blocked = new Set<BlockedRead>();

  constructor(
    readonly name: string,
    readonly clock: ServerClock,
  ) {
    this.dead = new EntryLog(clock);
    this.log = new EntryLog(clock);
  }

  get exists(): boolean {
    return this.isThere;
  }

  get entries(): EntryLog {
    return this.log;
  }

  get deadLetters(): readonly RawEntry[] {
    return this.dead.entries;
  }

  /** Adds an entry, as a producer does. @param fields names and values in turn @returns its id */
  add(fields: readonly string[] = ['n', '1'], id?: string): string {
    this.isThere = true;
    const added = this.log.add(fields, id);
    for (const read of [...this.blocked]) read.serve();
    return added;
  }

  /** Deletes the stream with its groups; dead letters, retries and marks stay. */
  deleteAll(): void {
    this.isThere = false;
    this.log = new EntryLog(this.clock);
    for (const group of [...this.groups.keys()]) this.destroyGroup(group);
  }

  group(name: string): StoredGroup | undefined {
    return this.groups.get(name);
  }

  get groupNames(): string[] {
    return [...this.groups.keys()];
  }

  /** XGROUP CREATE with MKSTREAM. @param at an id, or `$` for the end of the stream */
  createGroup(name: string, at = '0-0'): StoredGroup {
    this.isThere = true;
    const group = new StoredGroup(this.log, this.clock, at === '$' ? this.log.lastGeneratedId : at);
    this.groups.set(name, group);
    return group;
  }

  /** XGROUP DESTROY: what was pending is forgotten. */
  destroyGroup(name: string): void {
    this.groups.delete(name);
    for (const read of [...this.blocked]) if (read.group === name) read.groupMissing();
  }

  retriesOf(group: string): RetrySchedule {
    let schedule = this.retries.get(group);
    if (!schedule) this.retries.set(group, (schedule = new RetrySchedule()));
    return schedule;
  }

  /** undefined where the group is not paused, or no more. */
  pauseOf(group: string): GroupPause | undefined {
    const pause = this.pauses.get(group);
    if (pause?.until && pause.until.getTime() <= this.clock.now) this.pauses.delete(group);
    return this.pauses.get(group);
  }

  /** What is kept of single tasks in a group. */
  tasksOf(group: string): StoredTasks {
    let tasks = this.tasks.get(group);
    if (!tasks) this.tasks.set(group, (tasks = new StoredTasks()));
    return tasks;
  }

  /** @returns what ends that */
  block(read: BlockedRead): () => void {
    this.blocked.add(read);
    return () => this.blocked.delete(read);
  }
}
