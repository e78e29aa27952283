import { z } from 'zod';
import type { StageResults } from '../documents/document-state.js';
import { isTaskId, type Stage } from '../streams.js';
import type { KeptRun } from '../tasks/run-state.js';

/** Checked although our own code adds these tasks: anyone who reaches Redis can. A refused one goes to the dead letter. */
export const STAGE_TASK = z.object({ documentId: z.string().refine(isTaskId, 'must be the id of a document') });
export const NEW_DOCUMENT = z.object({ title: z.string(), text: z.string() });

export interface StageOutcome<S extends Stage> {
  readonly result: StageResults[S];
  /** What `extract` leaves for the stages after it: its paragraphs, each as its sentences. */
  readonly paragraphs?: string[][];
}

/** The result of a stage's task, as the queue keeps it. */
export interface KeptStage<S extends Stage = Stage> extends KeptRun, StageOutcome<S> {
  readonly title?: string;
}
