import { Injectable } from '@nestjs/common';
import { type DeadLetteredEvent, OnStreamEvent, StreamMonitor } from 'nestjs-redis-streams';
import { DocumentStore } from '../store/document-store.js';
import { InferenceStore } from '../store/inference-store.js';
import { INFERENCE_STREAM, type Stage, stageOf, streamOf } from '../streams.js';

/**
 * Marks a task as failed when its entry went to the dead letter, for whatever reason: also when no handler could, because
 * each worker that tried it died.
 */
@Injectable()
export class DeadLetterListener {
  constructor(
    private readonly documents: DocumentStore,
    private readonly inferences: InferenceStore,
    private readonly monitor: StreamMonitor,
  ) {}

  @OnStreamEvent('deadLettered')
  async mark({ stream, entryId, errorText }: DeadLetteredEvent): Promise<void> {
    if (stream === INFERENCE_STREAM) {
      await this.inferences.giveUp(entryId, errorText);
      return;
    }
    const stage = stageOf(stream);
    const documentId = stage && (await this.documentOf(stage, entryId));
    if (documentId) await this.documents.giveUpStage(documentId, stage, errorText);
  }

  /** Events hold no payload, but nothing trims these streams: the entry still says whose it was. */
  private async documentOf(stage: Stage, entryId: string): Promise<string | undefined> {
    for await (const { payload } of this.monitor.history(streamOf(stage), { from: entryId, to: entryId, limit: 1 })) {
      if (typeof payload?.documentId === 'string') return payload.documentId;
    }
    return undefined;
  }
}
