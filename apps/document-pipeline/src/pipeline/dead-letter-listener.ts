import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type DeadLetteredEvent, StreamMonitor } from 'nestjs-redis-streams';
import { DocumentStore } from '../store/document-store.js';
import { InferenceStore } from '../store/inference-store.js';
import { INFERENCE_STREAM, type Stage, stageOf, streamOf } from '../streams.js';
import { messageOf } from './task-errors.js';

/**
 * Marks a task as failed when its entry went to the dead letter, for whatever reason: also when no handler could, because
 * each worker that tried it died.
 */
@Injectable()
export class DeadLetterListener implements BeforeApplicationShutdown {
  private readonly log = new Logger('DeadLetters');
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly documents: DocumentStore,
    private readonly inferences: InferenceStore,
    private readonly moduleRef: ModuleRef,
  ) {}

  deadLettered(event: DeadLetteredEvent): void {
    const marked: Promise<void> = this.mark(event)
      .catch((error: unknown) => {
        this.log.error(`${event.stream}: entry ${event.entryId} could not be marked as failed: ${messageOf(error)}`);
      })
      .finally(() => this.underWay.delete(marked));
    this.underWay.add(marked);
  }

  /** The drain may have dead-lettered the last ones; the connections are closed after this. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async mark({ stream, entryId, error }: DeadLetteredEvent): Promise<void> {
    if (stream === INFERENCE_STREAM) {
      await this.inferences.giveUp(entryId, error.message);
      return;
    }
    const stage = stageOf(stream);
    const documentId = stage && (await this.documentOf(stage, entryId));
    if (documentId) await this.documents.giveUpStage(documentId, stage, error.message);
  }

  /** Events hold no payload, but nothing trims these streams: the entry still says whose it was. */
  private async documentOf(stage: Stage, entryId: string): Promise<string | undefined> {
    // Not injected: the streams' module is made from this listener.
    const monitor = this.moduleRef.get(StreamMonitor, { strict: false });
    for await (const { payload } of monitor.history(streamOf(stage), { from: entryId, to: entryId, limit: 1 })) {
      if (typeof payload?.documentId === 'string') return payload.documentId;
    }
    return undefined;
  }
}
