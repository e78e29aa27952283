import { Injectable } from '@nestjs/common';
import {
  type StreamContext,
  StreamProducer,
  StreamTasks,
  TaskFailedError,
  UnrecoverableError,
} from 'nestjs-redis-streams';
import type { ExtractedText } from '../models/text-model.js';
import { type LaterStage, type Stage, stageAfter, streamOf } from '../streams.js';
import { Runs } from '../tasks/runs.js';
import type { KeptStage, StageOutcome } from './stage-task.js';

/**
 * What all stages have in common: work, pass the document on, and leave both as the task's result.
 *
 * At least once: the next stage is added before this one has ended. A crash between the two repeats this stage, and passes
 * the document on again; the task that its result names counts, and what another makes of it nobody asks for.
 */
@Injectable()
export class Stages {
  constructor(
    private readonly producer: StreamProducer,
    private readonly tasks: StreamTasks,
    private readonly runs: Runs,
  ) {}

  /** The first stage. Its task's id is the document's. */
  extract(context: StreamContext, title: string, work: () => StageOutcome<'extract'>): Promise<KeptStage<'extract'>> {
    return this.runs.run('The stage extract', context, async () => {
      return { ...work(), title, nextTaskId: await this.passOn('extract', context.taskId) };
    });
  }

  /** A later stage, which works on what the first has found. */
  work<S extends LaterStage>(
    stage: S,
    documentId: string,
    context: StreamContext,
    work: (text: ExtractedText) => Promise<StageOutcome<S>['result']>,
  ): Promise<KeptStage<S>> {
    return this.runs.run(`The stage ${stage}`, context, async () => {
      const result = await work(await this.extracted(documentId, context.signal));
      return { result, nextTaskId: await this.passOn(stage, documentId) };
    });
  }

  private async passOn(stage: Stage, documentId: string): Promise<string | undefined> {
    const next = stageAfter(stage);
    return next && this.producer.add(streamOf(next), { documentId });
  }

  /**
   * Waits for the first stage's end, as that adds the next one just before.
   * @throws UnrecoverableError for a document that no `extract` has seen: a task that nobody should have added
   */
  private async extracted(documentId: string, signal: AbortSignal): Promise<ExtractedText> {
    const kept = await this.tasks
      .result<KeptStage<'extract'>>(streamOf('extract'), documentId, { signal })
      .catch((error: unknown) => {
        throw error instanceof TaskFailedError ? new UnrecoverableError(error.message, { cause: error }) : error;
      });
    if (!kept) throw new UnrecoverableError(`What was extracted of the document ${documentId} has expired.`);
    return { title: kept.title ?? '', language: kept.result.language.code, paragraphs: kept.paragraphs ?? [] };
  }
}
