import type { RawEntry } from '../../model/entry.js';
import type { Owed } from '../../model/ports/settlement.js';
import type { TaskLife } from '../../model/tasks/task-life.js';
import { readLife } from '../../wire/tasks/life.js';

/** What is kept of single tasks in a group, beside their entries. Nothing goes by itself here. */
export class StoredTasks {
  /** Records by id, field by field: see `wire/task-record`. */
  readonly records = new Map<string, Map<string, string>>();
  /** What their runs have written, by id: see `wire/output`. */
  readonly outputs = new Map<string, RawEntry[]>();
  /** Who wants to hear of a task, by id. */
  readonly ears = new Map<string, ReadonlySet<string>>();
  /** Why somebody has asked to cancel a task, by id. */
  readonly cancels = new Map<string, string>();

  /** Lives of those that live again, by id: see `wire/tasks/life`. */
  readonly lives = new Map<string, string>();
  /** What tasks owe that are done, by id. */
  readonly owed = new Map<string, Owed>();
  /** What tasks have forwarded, by id. */
  readonly next = new Map<string, readonly { readonly stream: string; readonly id: string }[]>();

  /** Sets fields, given as names and values in turn. */
  note(id: string, fields: readonly string[]): void {
    if (fields.length === 0) return;
    let record = this.records.get(id);
    if (!record) this.records.set(id, (record = new Map()));
    for (let i = 0; i < fields.length; i += 2) record.set(fields[i]!, fields[i + 1]!);
  }

  /** What a task's runs have written; an empty list at first. */
  outputOf(id: string): RawEntry[] {
    let output = this.outputs.get(id);
    if (!output) this.outputs.set(id, (output = []));
    return output;
  }

  /** Those among the ids that somebody wants to hear of. */
  watchedAmong(ids: readonly string[]): ReadonlySet<string> {
    return new Set(ids.filter((id) => (this.ears.get(id)?.size ?? 0) > 0));
  }

  /** What those among the ids owe that do; undefined where none does. */
  owedAmong(ids: readonly string[]): ReadonlyMap<string, Owed> | undefined {
    const owed = new Map(ids.flatMap((id) => (this.owed.has(id) ? [[id, this.owed.get(id)!]] : [])));
    return owed.size > 0 ? owed : undefined;
  }

  /** Those among the ids that live again; undefined where none does. */
  livesAmong(ids: readonly string[]): ReadonlyMap<string, TaskLife> | undefined {
    const lives = new Map(ids.flatMap((id) => (this.lives.has(id) ? [[id, readLife(this.lives.get(id))!]] : [])));
    return lives.size > 0 ? lives : undefined;
  }

  /** The marks of those among the ids that have one. */
  cancelsAmong(ids: readonly string[]): ReadonlyMap<string, string> {
    return new Map(ids.flatMap((id) => (this.cancels.has(id) ? [[id, this.cancels.get(id)!]] : [])));
  }
}
