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
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import type { QueryConnection } from '../queries/query-connection.js';
import { cancel } from './cancel.js';
import { letters } from './letters.js';
import { GatheredByGroup } from './many/gathered-by-group.js';
import { fieldsOf } from './look-at.js';
import { lookAtChain } from './look-at-chain.js';
import { lookAll, type TasksOfGroup } from './many/look-all.js';
import { outputs } from './outputs.js';
import { peekAll } from './many/peek-all.js';
import { scan } from './scan.js';

/** So many looks, peeks, or pages of output are one script's: a millisecond or two. */
const LOOKS_AT_ONCE = 100;
const PEEKS_AT_ONCE = 250;
const PAGES_AT_ONCE = 200;

/** Somebody wants to know of a task, and to hear of it. */
interface Heeded {
  readonly task: TaskKey;
  readonly ear: Ear;
}

interface HeededOutput {
  readonly question: OutputQuestion;
  readonly ear: Ear;
}

/** Asks Redis about single tasks. Each method is a script of its own, whose file tells what it does, takes and answers. */
export class RedisTaskStore implements TaskStore {
  private readonly looks = new GatheredByGroup<Heeded, TaskLook>(LOOKS_AT_ONCE, (all) =>
    this.ask((client) => lookAll(client, this.keys, ofGroup(all), earsOf(all))),
  );
  private readonly peeks = new GatheredByGroup<Heeded, readonly string[]>(PEEKS_AT_ONCE, (all) =>
    this.ask((client) => peekAll(client, this.keys, ofGroup(all), earsOf(all))),
  );
  private readonly pages = new GatheredByGroup<HeededOutput, OutputPage>(PAGES_AT_ONCE, (all) =>
    this.ask((client) => outputs(client, this.keys, all)),
  );

  constructor(
    private readonly connection: QueryConnection,
    private readonly keys: Keys,
  ) {}

  async look(task: TaskKey, ear?: Ear): Promise<TaskLook> {
    if (ear) return this.looks.ask(task, ear, { task, ear });
    const [look] = await this.lookAll(task.stream, task.group, [task.id]);
    return look!;
  }

  async peek(task: TaskKey, ear: Ear): Promise<Readonly<Record<string, string>> | undefined> {
    const fields = await this.peeks.ask(task, ear, { task, ear });
    return fields.length === 0 ? undefined : fieldsOf(fields);
  }

  async output(question: OutputQuestion, ear?: Ear): Promise<OutputPage> {
    if (ear) return this.pages.ask(question.task, ear, { question, ear });
    const [page] = await this.ask((client) => outputs(client, this.keys, [{ question }]));
    return page!;
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

  lookAtChain(stream: string, group: string, ids: readonly string[]): Promise<ChainLook[]> {
    return this.ask((client) => lookAtChain(client, this.keys, { stream, group, ids }));
  }

  letters(command: Omit<ScanCommand, 'state'>): Promise<LetterPage> {
    return this.ask((client) => letters(client, this.keys, command));
  }

  private ask<Reply>(command: (client: RedisClient) => Promise<Reply>): Promise<Reply> {
    return this.connection.ask(command);
  }
}

function ofGroup(all: readonly Heeded[]): TasksOfGroup {
  const { stream, group } = all[0]!.task;
  return { stream, group, ids: all.map(({ task }) => task.id) };
}

function earsOf(all: readonly Heeded[]): Ear[] {
  return all.map(({ ear }) => ear);
}
