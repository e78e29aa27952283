import type { OwnIds, OwnPlace } from '../../model/ports/tasks/own-ids.js';
import type {
  CancelCommand,
  CancelOutcome,
  ChainLook,
  Ear,
  LetterPage,
  OutputPage,
  OutputQuestion,
  ScanCommand,
  TaskKey,
  TaskLook,
  TaskScan,
  TaskStore,
} from '../../model/ports/tasks/task-store.js';
import { RESERVED_HEADERS } from '../../wire/header-contract.js';
import { isOwnId } from '../../wire/tasks/own-id.js';
import { TASK_RECORD } from '../../wire/tasks/task-record.js';
import type { KnownEntries } from './known-entries.js';

export interface AnyIdStoreParts {
  /** Knows tasks by their entries' ids. */
  readonly entries: TaskStore;
  readonly ownIds: OwnIds;
  readonly known: KnownEntries;
}

/**
 * Knows tasks by either of their ids: of one with its own it finds out which entry that is, and asks about that; one that is none yet, or
 * never was, is told by its own record.
 */
export class AnyIdStore implements TaskStore {
  constructor(private readonly parts: AnyIdStoreParts) {}

  async look(task: TaskKey, ear?: Ear): Promise<TaskLook> {
    const { entries } = this.parts;
    if (!isOwnId(task.id)) return entries.look(task, ear);
    const found = await this.find(task, ear);
    if (typeof found !== 'string') return lookOutside(found);
    const look = await entries.look({ ...task, id: found }, ear);
    return { ...look, entryId: found };
  }

  async peek(task: TaskKey, ear: Ear): Promise<Readonly<Record<string, string>> | undefined> {
    const { entries } = this.parts;
    if (!isOwnId(task.id)) return entries.peek(task, ear);
    const found = await this.find(task, ear);
    return typeof found === 'string' ? entries.peek({ ...task, id: found }, ear) : found.record;
  }

  async output(question: OutputQuestion, ear?: Ear): Promise<OutputPage> {
    const { entries } = this.parts;
    const { task } = question;
    if (!isOwnId(task.id)) return entries.output(question, ear);
    const found = await this.find(task, ear);
    if (typeof found !== 'string') return { look: lookOutside(found), entries: [], isMore: false };
    const page = await entries.output({ ...question, task: { ...task, id: found } }, ear);
    return { ...page, look: page.look && { ...page.look, entryId: found } };
  }

  async cancel(command: CancelCommand): Promise<CancelOutcome> {
    const { entries, ownIds } = this.parts;
    if (!isOwnId(command.id)) return entries.cancel(command);
    const answer = await ownIds.cancel(command);
    return 'entryId' in answer ? entries.cancel({ ...command, id: answer.entryId }) : answer.outcome;
  }

  scan(command: ScanCommand): Promise<TaskScan> {
    return this.parts.entries.scan(command);
  }

  lookAll(stream: string, group: string, ids: readonly string[]): Promise<readonly TaskLook[]> {
    return this.parts.entries.lookAll(stream, group, ids);
  }

  /** Chains know entries only. */
  lookAtChain(stream: string, group: string, ids: readonly string[]): Promise<readonly ChainLook[]> {
    return this.parts.entries.lookAtChain(stream, group, ids);
  }

  letters(command: Omit<ScanCommand, 'state'>): Promise<LetterPage> {
    return this.parts.entries.letters(command);
  }

  /** @returns the entry that it is; or where it is otherwise */
  private async find(task: TaskKey, ear: Ear | undefined): Promise<string | OwnPlace> {
    const { ownIds, known } = this.parts;
    const before = known.entryOf(task.stream, task.id);
    if (before !== undefined) return before;
    const place = await ownIds.place(task, ear);
    const entryId = place.record?.[TASK_RECORD.entry];
    if (entryId === undefined) return place;
    // What is rung for its entry is for who knows it by its own id, too.
    if (ear) known.add(task.stream, task.id, entryId);
    return entryId;
  }
}

function lookOutside({ serverNow, dueAt, deadline, record }: OwnPlace): TaskLook {
  return {
    ...{ serverNow, dueAt, record, groups: [], lastDelivered: undefined, pending: undefined, retryAt: undefined },
    ...{ reserved: deadline === undefined ? undefined : { [RESERVED_HEADERS.deadline]: deadline } },
    ...{ first: undefined, last: undefined },
  };
}
