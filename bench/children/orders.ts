import type { SystemName } from '../systems/system.js';

/** What a consuming process is to do, given to it at its start. */
export interface ConsumerOrder {
  readonly system: SystemName;
  readonly url: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly isEnhanced?: boolean;
  /** Tasks that come first and are not measured. */
  readonly warmUp: number;
  /** Tasks to measure. */
  readonly tasks: number;
  /** The first run of every measured task fails. */
  readonly failsOnce?: boolean;
  /** Tasks say when they were added. */
  readonly isTimed?: boolean;
  /** So many tasks are scheduled for an hour before the warm-up. */
  readonly retryFirst?: number;
}

/**
 * What it reports, in this order. From `warm` on, and again from `done` on, its handlers hold on to what they get until
 * the next message to it.
 */
export type ConsumerReport =
  { readonly is: 'ready' } | { readonly is: 'warm' } | ({ readonly is: 'done' } & ConsumerResult);

export interface ConsumerResult {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** From adding a task to the start of its handler, in milliseconds, in the order of arrival. For timed ones. */
  readonly latenciesMs: readonly number[];
}

/** What an adding process is to do. */
export interface ProducerOrder {
  readonly system: SystemName;
  readonly url: string;
  readonly queue: string;
  readonly tasks: number;
  readonly warmUp: number;
  /** Tasks per call of addBulk, or 0: one by one, with so many in flight. */
  readonly bulkSize: number;
  readonly inFlight: number;
}

/** An adding process that keeps to a rate, each task with its time of adding: first the warm-up at its own rate. */
export interface PacedOrder extends Pick<ProducerOrder, 'system' | 'url' | 'queue' | 'tasks' | 'warmUp'> {
  readonly perSecond: number;
  readonly warmUpPerSecond: number;
}
