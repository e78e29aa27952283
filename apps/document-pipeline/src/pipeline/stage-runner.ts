import { Injectable } from '@nestjs/common';
import { type StreamContext, StreamProducer, UnrecoverableError } from 'nestjs-redis-streams';
import type { DocumentState, StageResults } from '../store/document-state.js';
import { DocumentStore } from '../store/document-store.js';
import { type Stage, stageAfter, streamOf } from '../streams.js';
import { Disturbance } from './disturbance.js';
import { asQueueError, isWorthRecording, messageOf } from './task-errors.js';

export interface StageOutcome<S extends Stage> {
  readonly result: StageResults[S];
  /** What `extract` leaves for the stages after it. */
  readonly paragraphs?: string[][];
}

export type StageWork<S extends Stage> = (document: DocumentState) => Promise<StageOutcome<S>>;

/**
 * What all stages have in common: work, keep the result, pass the document on.
 *
 * At least once: the next stage is added before the handler resolves. A crash between the two repeats this stage, which
 * finds its result and only passes on, so that the next one may get the document twice, and treats it alike.
 */
@Injectable()
export class StageRunner {
  constructor(
    private readonly store: DocumentStore,
    private readonly producer: StreamProducer,
    private readonly disturbance: Disturbance,
  ) {}

  async run<S extends Stage>(stage: S, documentId: string, context: StreamContext, work: StageWork<S>): Promise<void> {
    try {
      const document = await this.store.find(documentId);
      if (!document) throw new UnrecoverableError(`The document ${documentId} does not exist, or has expired.`);
      if (!document.results[stage]) await this.work(stage, document, context, work);
      await this.passOn(stage, document);
    } catch (error) {
      throw asQueueError(error);
    }
  }

  private async work<S extends Stage>(
    stage: S,
    document: DocumentState,
    context: StreamContext,
    work: StageWork<S>,
  ): Promise<void> {
    const { id } = document;
    const begun = document.stages.find(({ name }) => name === stage)?.startedAt;
    const startedAt = begun ?? new Date().toISOString();
    await this.store.startStage(id, stage, { startedAt, attempts: context.deliveryCount });
    try {
      await this.disturbance.strike(`The stage ${stage}`, context.signal);
      await this.store.completeStage(id, stage, await work(document));
    } catch (error) {
      // The failure matters more than its record, which Redis may refuse too.
      if (isWorthRecording(context)) await this.store.failRun(id, stage, messageOf(error)).catch(() => undefined);
      throw error;
    }
  }

  private async passOn(stage: Stage, document: DocumentState): Promise<void> {
    const next = stageAfter(stage);
    if (next && !document.results[next]) await this.producer.add(streamOf(next), { documentId: document.id });
  }
}
