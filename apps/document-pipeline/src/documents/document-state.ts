import { type RunState, type TaskStatus } from '../tasks/run-state.js';
import type { Keyword } from '../text/keywords.js';
import type { DetectedLanguage } from '../text/language.js';
import type { ReadingStats } from '../text/reading-stats.js';
import { type Stage, STAGES } from '../streams.js';

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

export interface StageState extends RunState {
  readonly name: Stage;
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

/** A document's status follows from its stages'. */
export function documentState(
  document: Pick<DocumentState, 'id' | 'title' | 'createdAt' | 'results'>,
  runs: Readonly<Record<Stage, RunState>>,
): DocumentState {
  const stages = STAGES.map((name): StageState => ({ name, ...runs[name] }));
  const current = stages.find(({ status }) => status !== 'completed');
  const isUntouched = stages.every(({ status }) => status === 'queued');
  // Between two stages nothing runs, and yet the document is on its way.
  const moving: TaskStatus = current?.status === 'failed' ? 'failed' : isUntouched ? 'queued' : 'processing';
  return { ...document, status: current ? moving : 'completed', stage: current?.name ?? null, stages };
}

export function isOver({ status }: DocumentState): boolean {
  return status === 'completed' || status === 'failed';
}
