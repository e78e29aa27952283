import type { Keyword } from '../text/keywords.js';
import type { DetectedLanguage } from '../text/language.js';
import type { ReadingStats } from '../text/reading-stats.js';
import { type Stage, STAGES } from '../streams.js';

export type TaskStatus = 'queued' | 'processing' | 'completed' | 'failed';

export interface ExtractResult {
  readonly language: DetectedLanguage;
  readonly characters: number;
  readonly words: number;
  readonly sentences: number;
  readonly paragraphs: number;
}

export interface AnalyzeResult {
  readonly keywords: readonly Keyword[];
  readonly reading: ReadingStats;
}

export interface SummarizeResult {
  /** Who made it: a language model's name, or `local-extractive`. */
  readonly model: string;
  readonly summary: string;
}

export interface EmbedResult {
  /** Who made it: an embedding model's name, or `local-hashing`. */
  readonly model: string;
  readonly dimensions: number;
  readonly vector: readonly number[];
}

export interface StageResults {
  extract: ExtractResult;
  analyze: AnalyzeResult;
  summarize: SummarizeResult;
  embed: EmbedResult;
}

export interface StageState {
  readonly name: Stage;
  readonly status: TaskStatus;
  readonly startedAt?: string;
  readonly completedAt?: string;
  /** Runs that were started, as the queue counts them. */
  readonly attempts: number;
  /** Why the last run failed, until one succeeds. */
  readonly error?: string;
}

export interface DocumentState {
  readonly id: string;
  readonly title: string;
  readonly createdAt: string;
  readonly status: TaskStatus;
  /** The first stage that is not completed; null when all are. */
  readonly stage: Stage | null;
  readonly stages: readonly StageState[];
  readonly results: Partial<StageResults>;
}

/** What is known of one task: facts that are only added to. Its status follows from them. */
export interface TaskFacts {
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly attempts?: string;
  readonly error?: string;
  readonly givenUpAt?: string;
  /** JSON. */
  readonly result?: string;
}

export const TASK_FACTS = [
  'startedAt',
  'completedAt',
  'attempts',
  'error',
  'givenUpAt',
  'result',
] as const satisfies readonly (keyof TaskFacts)[];

/** A result outweighs everything: a run that came late may have failed after another had succeeded. */
export function taskStatus({ result, givenUpAt, startedAt }: TaskFacts): TaskStatus {
  if (result) return 'completed';
  if (givenUpAt) return 'failed';
  return startedAt ? 'processing' : 'queued';
}

export function documentState(
  document: Pick<DocumentState, 'id' | 'title' | 'createdAt'>,
  facts: Readonly<Record<Stage, TaskFacts>>,
): DocumentState {
  const stages = STAGES.map((name) => stageState(name, facts[name]));
  const current = stages.find(({ status }) => status !== 'completed');
  const isUntouched = stages.every(({ status }) => status === 'queued');
  // Between two stages nothing runs, and yet the document is on its way.
  const moving: TaskStatus = current?.status === 'failed' ? 'failed' : isUntouched ? 'queued' : 'processing';
  return {
    ...document,
    status: current ? moving : 'completed',
    stage: current?.name ?? null,
    stages,
    results: Object.fromEntries(
      STAGES.filter((stage) => facts[stage].result).map((stage) => [stage, JSON.parse(facts[stage].result!)]),
    ),
  };
}

function stageState(name: Stage, facts: TaskFacts): StageState {
  const { startedAt, completedAt, attempts, error } = facts;
  return {
    name,
    status: taskStatus(facts),
    ...(startedAt && { startedAt }),
    ...(completedAt && { completedAt }),
    attempts: Number(attempts ?? 0),
    ...(error && { error }),
  };
}
