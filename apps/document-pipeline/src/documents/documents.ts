import { Inject, Injectable } from '@nestjs/common';
import { StreamMonitor, StreamProducer, StreamTasks, type TaskInfo } from 'nestjs-redis-streams';
import { CONFIG, type Config } from '../config.js';
import type { KeptStage } from '../pipeline/stage-task.js';
import { isTaskId, type NewDocument, type Stage, stageAfter, STAGES, streamOf } from '../streams.js';
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
 * The documents, as the queue knows them: each is its first task, whose id is the document's, and each stage's result names
 * the next stage's task.
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

  /** @returns the document's id; from then on it is kept and queued */
  accept(document: NewDocument): Promise<string> {
    return this.producer.add(STREAM, document);
  }

  async find(id: string): Promise<DocumentState | undefined> {
    if (!isTaskId(id)) return undefined;
    const [added] = await this.added({ from: id, to: id });
    if (!added) return undefined;
    const runs: Record<string, RunState> = Object.fromEntries(STAGES.map((stage) => [stage, NOT_ADDED]));
    const results: Record<string, unknown> = {};
    for (let at: StageTaskRef | undefined = { stage: 'extract', taskId: id }; at;) {
      const { stage, taskId }: StageTaskRef = at;
      const task: TaskInfo = await this.tasks.get(streamOf(stage), taskId);
      const run = runStateOf(task);
      if (!run) return undefined;
      runs[stage] = run;
      if (task.state === 'completed') results[stage] = (task.result as KeptStage).result;
      at = nextOf(stage, task);
    }
    return documentState({ ...added, results }, runs as Record<Stage, RunState>);
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

  private async added(range: { from: string | Date; to?: string }) {
    const added: Pick<DocumentState, 'id' | 'title' | 'createdAt'>[] = [];
    for await (const { id, addedAt, payload } of this.monitor.history(STREAM, range)) {
      if (typeof payload?.title === 'string')
        added.push({ id, title: payload.title, createdAt: addedAt.toISOString() });
    }
    return added;
  }
}

/** Where the document goes on; undefined while, or where, it does not. */
export function nextOf(stage: Stage, task: TaskInfo): StageTaskRef | undefined {
  const next = stageAfter(stage);
  const taskId = task.state === 'completed' ? (task.result as KeptStage | undefined)?.nextTaskId : undefined;
  return next && taskId ? { stage: next, taskId } : undefined;
}
