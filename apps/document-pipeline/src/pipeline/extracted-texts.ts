import { Injectable } from '@nestjs/common';
import { UnrecoverableError } from 'nestjs-redis-streams';
import type { ExtractedText } from '../models/text-model.js';
import type { DocumentState } from '../store/document-state.js';
import { DocumentStore } from '../store/document-store.js';

/** Gives later stages what `extract` has found. */
@Injectable()
export class ExtractedTexts {
  constructor(private readonly store: DocumentStore) {}

  /** @throws UnrecoverableError for a document that no `extract` has seen: a task that nobody should have added */
  async of({ id, title, results }: DocumentState): Promise<ExtractedText> {
    if (!results.extract) throw new UnrecoverableError(`The document ${id} has not been extracted.`);
    return { title, language: results.extract.language.code, paragraphs: await this.store.paragraphs(id) };
  }
}
