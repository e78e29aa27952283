import type {
  CancelCommand,
  CancelOutcome,
  Ear,
  LetterPage,
  OutputPage,
  ScanCommand,
  TaskKey,
  TaskLook,
  TaskScan,
  TaskStore,
} from '../../model/ports/tasks/task-store.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import type { QueryConnection } from '../queries/query-connection.js';
import { cancel } from './cancel.js';
import { letters } from './letters.js';
import { GatheredByGroup } from './gathered-by-group.js';
import { fieldsOf } from './look-at.js';
import { lookAll } from './look-all.js';
import { output } from './output.js';
import { peekAll } from './peek-all.js';
import { scan } from './scan.js';

/** So many looks, or peeks, are one script's: a millisecond or two. */
const LOOKS_AT_ONCE = 100;
const PEEKS_AT_ONCE = 250;

/** Asks Redis about single tasks. Each method is a script of its own, whose file tells what it does, takes and answers. */
export class RedisTaskStore implements TaskStore {
  private readonly looks = new GatheredByGroup<TaskLook>(LOOKS_AT_ONCE, (tasks, ears) =>
    this.ask((client) => lookAll(client, this.keys, tasks, ears)),
  );
  private readonly peeks = new GatheredByGroup<readonly string[]>(PEEKS_AT_ONCE, (tasks, ears) =>
    this.ask((client) => peekAll(client, this.keys, tasks, ears)),
  );

  constructor(
    private readonly connection: QueryConnection,
    private readonly keys: Keys,
  ) {}

  async look(task: TaskKey, ear?: Ear): Promise<TaskLook> {
    if (ear) return this.looks.ask(task, ear);
    const [look] = await this.lookAll(task.stream, task.group, [task.id]);
    return look!;
  }

  async peek(task: TaskKey, ear: Ear): Promise<Readonly<Record<string, string>> | undefined> {
    const fields = await this.peeks.ask(task, ear);
    return fields.length === 0 ? undefined : fieldsOf(fields);
  }

  // oxlint-disable-next-line eslint/max-params -- as the port has it
  output(task: TaskKey, after: string, count: number, ear?: Ear): Promise<OutputPage> {
    return this.ask((client) => output(client, this.keys, { task, after, count, ear }));
  }

  cancel(command: CancelCommand): Promise<CancelOutcome> {
    return this.ask((client) => cancel(client, this.keys, command));
  }

  scan(command: ScanCommand): Promise<TaskScan> {
    return this.ask((client) => scan(client, this.keys, command));
  }

  lookAll(stream: string, group: string, ids: readonly string[]): Promise<TaskLook[]> {
    return this.ask((client) => lookAll(client, this.keys, { stream, group, ids }));
  }

  letters(command: Omit<ScanCommand, 'state'>): Promise<LetterPage> {
    return this.ask((client) => letters(client, this.keys, command));
  }

  private ask<Reply>(command: (client: RedisClient) => Promise<Reply>): Promise<Reply> {
    return this.connection.ask(command);
  }
}
