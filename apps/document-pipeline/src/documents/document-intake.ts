import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AddOutcomeUnknownError, StreamProducer } from 'nestjs-redis-streams';
import { DocumentStore, type NewDocument } from '../store/document-store.js';
import { streamOf } from '../streams.js';

/** Accepts a document: once `accept` has resolved, it is kept and queued. */
@Injectable()
export class DocumentIntake {
  constructor(
    private readonly store: DocumentStore,
    private readonly producer: StreamProducer,
  ) {}

  /** @returns the document's id */
  async accept(document: NewDocument): Promise<string> {
    const documentId = randomUUID();
    // First the document, then its task: a worker may have the task before `add` resolves.
    await this.store.create(documentId, document);
    try {
      await this.producer.add(streamOf('extract'), { documentId });
    } catch (error) {
      // Where the task may exist after all, so must its document; it expires in any case.
      if (!(error instanceof AddOutcomeUnknownError)) this.store.remove(documentId).catch(() => undefined);
      throw error;
    }
    return documentId;
  }
}
