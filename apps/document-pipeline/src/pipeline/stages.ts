import { Injectable } from '@nestjs/common';
import { type StreamContext, StreamTasks, TaskFailedError, UnrecoverableError } from 'nestjs-redis-streams';
import type { ExtractedText } from '../models/text-model.js';
import { type LaterStage, type Stage, stageAfter, streamOf } from '../streams.js';
import { Runs } from '../tasks/runs.js';
import type { KeptStage, StageOutcome } from './stage-task.js';

/**
 * What all stages have in common: work, leave what came of it as the task's result, and forward the document to the next stage. Stages
 * run at least once; the next one is added exactly once, in the step that ends this one.
 */
@Injectable()
export class Stages {
  constructor(
    private readonly tasks: StreamTasks,
    private readonly runs: Runs,
  ) {}

  /** The first stage. Its task's id is the document's. */
  extract(context: StreamContext, title: string, work: () => StageOutcome<'extract'>): Promise<KeptStage<'extract'>> {
    return this.runs.run('The stage extract', context, async () => {
      const made = work();
      forward('extract', context.taskId, context);
      return { ...made, title };
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
      forward(stage, documentId, context);
      return { result };
    });
  }

  /** @throws UnrecoverableError for a document that no `extract` has seen: a task that nobody should have added */
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

/** Carried out when this stage has ended well. */
function forward(stage: Stage, documentId: string, context: StreamContext): void {
  const next = stageAfter(stage);
  if (next) context.forward(streamOf(next), { documentId });
}
