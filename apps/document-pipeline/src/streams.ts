/** The pipeline's stages in order. Each has its own stream, `documents:{stage}`. */
export const STAGES = ['extract', 'analyze', 'summarize', 'embed'] as const;
export type Stage = (typeof STAGES)[number];

/** The stages that work on what `extract` has found. */
export type LaterStage = Exclude<Stage, 'extract'>;

export const INFERENCE_STREAM = 'ai:inference:queue';
export const CHAT_STREAM = 'ai:chat';
export const DIGEST_STREAM = 'documents:digest';
/** The schedule of that stream. */
export const DIGEST_SCHEDULE = 'hourly';

/** All streams of the sample. */
export const QUEUES = [
  ...STAGES.map((stage) => streamOf(stage)),
  DIGEST_STREAM,
  INFERENCE_STREAM,
  CHAT_STREAM,
] as const;
export type Queue = (typeof QUEUES)[number];

export function streamOf<S extends Stage>(stage: S): `documents:${S}` {
  return `documents:${stage}`;
}

/** The stage that a stream is of. */
export function stageOf(stream: string): Stage {
  return stream.slice('documents:'.length) as Stage;
}

export function stageAfter(stage: Stage): LaterStage | undefined {
  return STAGES[STAGES.indexOf(stage) + 1] as LaterStage | undefined;
}

/** The first stage's task is the document itself, and its id the document's. */
export interface NewDocument {
  title: string;
  text: string;
}

/** A task of every later stage. What `extract` has made of the text is its result: streams hold each text once. */
export interface StageTask {
  documentId: string;
}

/** A task of the clock. */
export interface DigestTask {
  /** The end of the hour that it is about. */
  upTo: string;
}

/** The fields that any producer, in any language, adds to the inference stream. */
export interface InferenceTask {
  prompt: string;
  model?: string;
  user_id?: string;
  requested_at?: string;
}

export interface ChatMessage {
  role: 'user' | 'assistant';
  content: string;
}

export interface ChatTask {
  /** Whose it is: nobody else is told of it, or may stop it. */
  caller: string;
  /** The conversation so far; the last one is to be answered. */
  messages: ChatMessage[];
}

declare module 'nestjs-redis-streams' {
  interface StreamPayloads extends Record<`documents:${LaterStage}`, StageTask> {
    'documents:extract': NewDocument;
    'documents:digest': DigestTask;
    'ai:inference:queue': InferenceTask;
    'ai:chat': ChatTask;
  }
}

/** Whether it looks like a task's id: anything else the queue would refuse to be asked for. */
export function isTaskId(id: string): boolean {
  return /^\d{1,20}-\d{1,20}$/.test(id);
}
