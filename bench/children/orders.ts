import type { PerformOptions } from '../systems/deeds/deed.js';
import type { SystemName } from '../systems/system.js';
import type { Used } from './usage.js';

/** What a consuming process is to do, given to it at its start. */
export interface ConsumerOrder {
  readonly system: SystemName;
  readonly url: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly isEnhanced?: boolean;
  readonly keepsResults?: boolean;
  /** It counts for metrics. */
  readonly hasMetrics?: boolean;
  /** The queues are the stages of a chain; the tasks of all of them count. */
  readonly isChain?: boolean;
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
  /** So many are given up before the warm-up: there is a dead letter of each. */
  readonly giveUpFirst?: number;
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
  /** Waits for the result of each. */
  readonly awaitsResults?: boolean;
  /** Each task has a key of its own. */
  readonly isKeyed?: boolean;
  /** They are due in an hour, or up to two. */
  readonly isDelayed?: boolean;
}

/** An adding process that keeps to a rate, each task with its time of adding: first the warm-up at its own rate. */
export interface PacedOrder extends Pick<ProducerOrder, 'system' | 'url' | 'queue' | 'tasks' | 'warmUp'> {
  readonly perSecond: number;
  readonly warmUpPerSecond: number;
  /** The measured ones are due so much later, give or take half of it, and have the time when they are due in the place of that of adding. */
  readonly delayMs?: number;
}

/** What a process whose handlers do something is given at its start. */
export type PerformerOrder = Omit<PerformOptions, 'tally'> & { readonly system: SystemName };

/** The same for one that watches tasks. */
export interface WatcherOrder {
  readonly url: string;
  readonly queue: string;
  readonly ids: readonly string[];
}

/** The same for one that waits for many tasks, which nobody runs. */
export interface WaiterOrder {
  readonly system: SystemName;
  readonly url: string;
  readonly queue: string;
  readonly waits: number;
}

/** Told to any of these three, as often as one likes, once it is ready. */
export interface MeasureOrder {
  readonly forMs: number;
  /** Handlers without an end come to it now. */
  readonly isOver?: boolean;
}

interface Ready {
  readonly is: 'ready';
}

interface Measured {
  readonly is: 'measured';
}

export interface PerformerResult extends Used {
  /** What the handlers did in that time, and ever. */
  readonly count: number;
  readonly total: number;
}

export interface WatcherResult extends Used {
  /** From the making of a chunk to its event, in milliseconds. */
  readonly latenciesMs: readonly number[];
}

/** What the process has more of than before. */
export interface WaiterResult {
  readonly heapBytes: number;
  readonly rssBytes: number;
}

export type PerformerReport = Ready | (Measured & PerformerResult);
export type WatcherReport = Ready | (Measured & WatcherResult);
export type WaiterReport = Ready | (Measured & WaiterResult);
