import type { EmbedResult, SummarizeResult } from '../documents/document-state.js';
import type { InferenceResult } from '../inference/inference-state.js';
import type { ChatMessage } from '../streams.js';

/** What a document's later stages work on. */
export interface ExtractedText {
  readonly title: string;
  /** ISO 639-1, or `und`. */
  readonly language: string;
  readonly paragraphs: readonly (readonly string[])[];
}

/** Does what needs a model. An abstract class, so that it is an injection token too. */
export abstract class TextModel {
  abstract summarize(text: ExtractedText, signal: AbortSignal): Promise<SummarizeResult>;
  abstract embed(text: ExtractedText, signal: AbortSignal): Promise<EmbedResult>;
  abstract answer(task: { prompt: string; model?: string }, signal: AbortSignal): Promise<InferenceResult>;
  /** The answer to the last message, as it comes. */
  abstract converse(messages: readonly ChatMessage[], signal: AbortSignal): AsyncIterable<string>;
}

/** The text as one string, its paragraphs kept apart. */
export function plainText(text: ExtractedText): string {
  return text.paragraphs.map((sentences) => sentences.join(' ')).join('\n\n');
}
