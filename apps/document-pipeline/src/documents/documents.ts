import { Inject, Injectable } from '@nestjs/common';
import { StreamMonitor, StreamProducer, StreamTasks } from 'nestjs-redis-streams';
import { CONFIG, type Config } from '../config.js';
import type { KeptStage } from '../pipeline/stage-task.js';
import { isTaskId, type NewDocument, type Stage, stageOf, STAGES, streamOf } from '../streams.js';
import { NOT_ADDED, type RunState, runStateOf } from '../tasks/run-state.js';
import { type DocumentState, documentState } from './document-state.js';

const STREAM = streamOf('extract');
const FIRST_LOOK_BACK_MS = 60_000;

/** A document's task of a stage. */
export interface StageTaskRef {
  readonly stage: Stage;
  readonly taskId: string;
}

/**
 * The documents, as the queue knows them: each is a chain of tasks, of which the first one's id is the document's.
 * @throws RedisUnavailableError from every method when Redis does not answer
 */
@Injectable()
export class Documents {
  constructor(
    private readonly producer: StreamProducer,
    private readonly tasks: StreamTasks,
    private readonly monitor: StreamMonitor,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @param key the same document with the same key is one document
   * @returns the document's id; from then on it is kept and queued
   * @throws IdempotencyConflictError for another document with a key that was used
   */
  accept(document: NewDocument, key: string | undefined): Promise<string> {
    return this.producer.add(STREAM, document, key === undefined ? {} : { idempotency: { key } });
  }

  async find(id: string): Promise<DocumentState | undefined> {
    if (!isTaskId(id)) return undefined;
    const [added] = await this.added({ from: id, to: id });
    if (!added) return undefined;
    const runs: Record<string, RunState> = Object.fromEntries(STAGES.map((stage) => [stage, NOT_ADDED]));
    const results: Record<string, unknown> = {};
    const { tasks } = await this.tasks.trace(STREAM, id);
    for (const { task, addedAt } of tasks) {
      const run = runStateOf(task);
      if (!run) return undefined;
      const stage = stageOf(task.stream);
      runs[stage] = { ...run, taskId: task.id, addedAt: addedAt?.toISOString() };
      if (task.state === 'completed') results[stage] = (task.result as KeptStage).result;
    }
    return documentState({ ...added, results }, runs as Record<Stage, RunState>);
  }

  /** Where a document goes on after a stage; undefined where it does not. */
  async next({ stage, taskId }: StageTaskRef): Promise<StageTaskRef | undefined> {
    const { tasks } = await this.tasks.trace(streamOf(stage), taskId);
    const [next] = tasks.find(({ task }) => task.id === taskId && task.stream === streamOf(stage))?.next ?? [];
    return next && { stage: stageOf(next.stream), taskId: next.id };
  }

  /** The ids of the documents that were added last, the newest last. A stream is read forwards: it looks back further and further. */
  async latest(limit: number): Promise<string[]> {
    for (let lookBackMs = FIRST_LOOK_BACK_MS; ; lookBackMs *= 16) {
      const documents = await this.added({ from: new Date(Date.now() - lookBackMs) });
      if (documents.length >= limit || lookBackMs > this.config.documentTtlSeconds * 1_000) {
        return documents.slice(-limit).map(({ id }) => id);
      }
    }
  }

  /** The ids of the documents that were added after another, oldest first. */
  async addedAfter(id: string): Promise<string[]> {
    const [time, place] = id.split('-');
    return (await this.added({ from: `${time}-${Number(place) + 1}` })).map((added) => added.id);
  }

  /** The ids of the documents that were added between two times, oldest first. */
  async addedWithin(from: Date, to: Date): Promise<string[]> {
    return (await this.added({ from, to })).map(({ id }) => id);
  }

  private async added(range: { from: string | Date; to?: string | Date }) {
    const added: Pick<DocumentState, 'id' | 'title' | 'createdAt'>[] = [];
    for await (const { id, addedAt, payload } of this.monitor.history(STREAM, range)) {
      if (typeof payload?.title === 'string')
        added.push({ id, title: payload.title, createdAt: addedAt.toISOString() });
    }
    return added;
  }
}
