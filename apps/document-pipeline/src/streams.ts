/** The pipeline's stages in order. Each has its own stream, `documents:{stage}`. */
export const STAGES = ['extract', 'analyze', 'summarize', 'embed'] as const;
export type Stage = (typeof STAGES)[number];

export type StageStream = `documents:${Stage}`;

export const INFERENCE_STREAM = 'ai:inference:queue';

/** All streams of the sample. */
export const QUEUES = [...STAGES.map((stage) => streamOf(stage)), INFERENCE_STREAM] as const;

export function streamOf(stage: Stage): StageStream {
  return `documents:${stage}`;
}

export function stageOf(stream: string): Stage | undefined {
  return STAGES.find((stage) => streamOf(stage) === stream);
}

export function stageAfter(stage: Stage): Stage | undefined {
  return STAGES[STAGES.indexOf(stage) + 1];
}

/** A task of every stage. The text stays in the document's record, so that streams hold small entries only. */
export interface StageTask {
  documentId: string;
}

/** The fields that any producer, in any language, adds to the inference stream. */
export interface InferenceTask {
  prompt: string;
  model?: string;
  user_id?: string;
  requested_at?: string;
}

declare module 'nestjs-redis-streams' {
  interface StreamPayloads extends Record<StageStream, StageTask> {
    'ai:inference:queue': InferenceTask;
  }
}
