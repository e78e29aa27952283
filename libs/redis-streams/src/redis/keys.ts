import { KEY_SUFFIXES, keyBeside } from '../wire/stream-name.js';

/** The keys of one stream and group. All share the stream's cluster slot, so that a script may touch them together. */
export interface GroupKeys {
  readonly stream: string;
  /** Stream of dead letters of all groups. */
  readonly dead: string;
  /** Sorted set of the entries that are scheduled for a retry: id, scored with the server time in milliseconds when it is due. */
  readonly retry: string;
  /** Hash of each group's low-water mark: see `lua/history/group-mark`. */
  readonly marks: string;
  /** Hash of the groups that were removed: group, and the last entry that it had been given. */
  readonly removed: string;
  /** Hash of the entries that are to be cancelled and have not ended: id, and `<time>:<reason>`. */
  readonly cancels: string;
  /** See `DelayedKeys`. */
  readonly delayed: string;
  /** Hash of the tasks that are done, and owe what they forward before they are acked: id, and JSON (see `lua/tasks/owed`). */
  readonly owed: string;
  /** Sorted set, all scores 0, of what tasks have forwarded: `<id> <JSON>`, see `wire/tasks/chains/next`. */
  readonly next: string;
  /** Hash of the workers that are there: consumer, and `<slots> <server time in milliseconds until when that counts>`, then, where there are any, ` <slots that stuck runs hold>`. */
  readonly workers: string;
  /** Hash of the tasks that live again and have not ended: id, and JSON (see `wire/tasks/life`). */
  readonly lives: string;
  /** Hash of how far bulk replays have come: operation, and the last entry that it has replayed. */
  readonly replays: string;
  /** Hash: there while the group is paused, see `lua/pause-of`. */
  readonly pause: string;
  /** What the channels of all doorbells begin with; a process's address follows. */
  readonly bells: string;
  /** What a ring says of where the task is: group and stream. See `lua/tasks/rings`. */
  readonly place: string;
  /** How idempotency keys begin; the key follows. */
  readonly heldKeys: string;
  /** See `Keys.neverThere`. */
  readonly neverThere: string;
  /** How the keys of single tasks begin; the task's id follows. */
  readonly tasks: TaskKeys;
}

/** The keys of one task in one group, in the same slot. Each is there only where it is needed, and goes by itself. */
export interface TaskKeys {
  /** Hash: see `wire/tasks/task-record`. */
  readonly record: string;
  /** Stream of what its runs have written: see `wire/tasks/output`. */
  readonly output: string;
  /** Sorted set of the processes that want to hear of it: address, scored with the server time in milliseconds until when. */
  readonly ears: string;
}

/** The keys of a stream's tasks that are not due yet. */
export interface DelayedKeys {
  /** Sorted set: own id, scored with the server time in milliseconds when the task is due. */
  readonly delayed: string;
  /** Hash: own id, and the fields that its entry will have, without its own id, as `lua/delayed/packed-fields` writes them. At most 7,000 names and values. */
  readonly tasks: string;
}

/** The keys of a stream's bulk actions. */
export interface OperationKeys {
  /** Sorted set of those that are kept: id, scored with the server time in milliseconds when it started. */
  readonly index: string;
  /** Hash of those that have not ended: id, and the kind that it is the only one of, or nothing. */
  readonly active: string;
  /** How the hashes of single ones begin; the id follows. See `redis/operations/operation-record`. */
  readonly records: string;
}

/** Between what all channels of doorbells begin with and the stream's key; a process's name has no space. */
export const DELAYED_BELL = 'delayed ';

/** The only place that applies the prefix and builds a key's name. */
export class Keys {
  constructor(private readonly prefix: string) {}

  stream(stream: string): string {
    return this.prefix + stream;
  }

  dead(stream: string): string {
    return keyBeside(this.stream(stream)) + KEY_SUFFIXES.dead;
  }

  ofGroup(stream: string, group: string): GroupKeys {
    const beside = keyBeside(this.stream(stream));
    return {
      stream: this.stream(stream),
      dead: this.dead(stream),
      // Encoded, as a group's name may hold anything, braces and colons included.
      retry: `${beside}:${encodeURIComponent(group)}${KEY_SUFFIXES.retry}`,
      marks: beside + KEY_SUFFIXES.marks,
      removed: beside + KEY_SUFFIXES.removed,
      cancels: `${beside}:${encodeURIComponent(group)}${KEY_SUFFIXES.cancels}`,
      delayed: this.ofDelayed(stream).delayed,
      owed: `${beside}:${encodeURIComponent(group)}${KEY_SUFFIXES.owed}`,
      next: `${beside}:${encodeURIComponent(group)}${KEY_SUFFIXES.next}`,
      workers: `${beside}:${encodeURIComponent(group)}${KEY_SUFFIXES.workers}`,
      lives: `${beside}:${encodeURIComponent(group)}${KEY_SUFFIXES.lives}`,
      replays: `${beside}:${encodeURIComponent(group)}${KEY_SUFFIXES.replays}`,
      pause: `${beside}:${encodeURIComponent(group)}${KEY_SUFFIXES.pause}`,
      bells: this.bells,
      heldKeys: this.heldKeys(stream),
      neverThere: this.neverThere(stream),
      place: `${encodeURIComponent(group)} ${this.stream(stream)}`,
      tasks: this.ofTasks(stream, group),
    };
  }

  /** What tells of a stream and all its groups. How the keys of a group begin: the group follows, URI-encoded. */
  ofLook(stream: string): { dead: string; marks: string; neverThere: string; besideGroup: string } {
    const besideGroup = keyBeside(this.stream(stream));
    return {
      dead: this.dead(stream),
      marks: besideGroup + KEY_SUFFIXES.marks,
      neverThere: this.neverThere(stream),
      besideGroup,
    };
  }

  /** Hash: see `redis/schedules/schedule-fields`. */
  schedules(stream: string): string {
    return keyBeside(this.stream(stream)) + KEY_SUFFIXES.schedules;
  }

  /** Hash of the streams that have schedules made at run time: name, and a text that changes with them. In a slot of its own. */
  get scheduledStreams(): string {
    return `${this.prefix}nrs:schedules`;
  }

  ofTask(stream: string, group: string, id: string): TaskKeys {
    return taskKeys(this.ofTasks(stream, group), id);
  }

  ofDelayed(stream: string): DelayedKeys {
    const delayed = keyBeside(this.stream(stream)) + KEY_SUFFIXES.delayed;
    return { delayed, tasks: `${delayed}:tasks` };
  }

  /** Hash: what has become of a task that had an own id, in no group: the entry that it became, or how it ended before that. */
  ofOwnId(stream: string, ownId: string): string {
    return `${keyBeside(this.stream(stream))}:task:${ownId}`;
  }

  /** Sorted set of the processes that want to hear of a delayed task, and in which group: see `lua/delayed/enter`. */
  earsOfOwnId(stream: string, ownId: string): string {
    return `${keyBeside(this.stream(stream))}:ears:${ownId}`;
  }

  /**
   * String, in the slot of a stream that a task was forwarded to: the id of its entry there.
   * @param source which forward it was of which task: `<stream>:<group>:<id>:<index>`, URI-encoded
   */
  marker(target: string, source: string): string {
    return `${keyBeside(this.stream(target))}:from:${source}`;
  }

  /** How the idempotency keys of a stream begin; the key follows, whatever it holds. String: `<task id> <fingerprint>`. */
  heldKeys(stream: string): string {
    return `${keyBeside(this.stream(stream))}:key:`;
  }

  ofOperations(stream: string): OperationKeys {
    const index = keyBeside(this.stream(stream)) + KEY_SUFFIXES.operations;
    return { index, active: `${index}:active`, records: `${index}:` };
  }

  /** String, in the slot of a stream that a bulk action copies to: the last entry that it has copied. */
  copied(target: string, operationId: string): string {
    return `${this.ofOperations(target).records}${operationId}:copied`;
  }

  /**
   * A key that is never there. Scripts that put others together name it as one of theirs: while the slot moves, a node of a cluster has such a script
   * wait for all of it, instead of refusing it half-way what it comes to.
   */
  neverThere(stream: string): string {
    return this.ofOwnId(stream, '');
  }

  get bells(): string {
    return `${this.prefix}nrs:bell:`;
  }

  /** The channel of whoever consumes a stream: in how many ms the next of its delayed tasks is due, where that is soon; which group was paused or resumed. */
  delayedBell(stream: string): string {
    return this.bells + DELAYED_BELL + this.stream(stream);
  }

  /** The stream that a key of ours is, as users name it. */
  nameOf(streamKey: string): string {
    return streamKey.slice(this.prefix.length);
  }

  private ofTasks(stream: string, group: string): TaskKeys {
    const beside = `${keyBeside(this.stream(stream))}:${encodeURIComponent(group)}`;
    return { record: `${beside}:task:`, output: `${beside}:out:`, ears: `${beside}:ears:` };
  }
}

/** @param tasks how they begin */
export function taskKeys({ record, output, ears }: TaskKeys, id: string): TaskKeys {
  return { record: record + id, output: output + id, ears: ears + id };
}
