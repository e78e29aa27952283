import type { Redis } from 'ioredis';
import type { Task } from '../task.js';
import type { PerformOptions } from './deeds/deed.js';

export type SystemName = 'bare' | 'bare-autopipelining' | 'ours' | 'bullmq' | 'nest-redis';

export interface ProducerOptions {
  /** What handlers return is kept. */
  readonly keepsResults?: boolean | undefined;
}

export interface Producer {
  add(task: Task): Promise<unknown>;
  /** Adds a task that no later one with the same key repeats for a day. This and the next are undefined where the system has nothing for it. */
  addKeyed?(task: Task, key: string): Promise<unknown>;
  addBulk?(tasks: readonly Task[]): Promise<unknown>;
  /** Adds a task that is due later. */
  addDelayed?(task: Task, delayMs: number): Promise<unknown>;
  /** Adds tasks that are all due at one time, in epoch milliseconds. */
  addBulkAt?(tasks: readonly Task[], dueAt: number): Promise<unknown>;
  /** Adds a task and waits for what its handler returns. This and the next are undefined where the system has nothing for it. */
  run?(task: Task): Promise<unknown>;
  /** Waits for what the handler of a task returns, by what `addBulk` resolved to for it. */
  result?(added: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export interface ConsumeOptions {
  readonly url: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  /** A guard, a validation pipe and an interceptor on the handler. */
  readonly isEnhanced: boolean;
  /** The handler looks which attempt it is. */
  readonly tellsAttempts: boolean;
  /** The handler returns an ANSWER, which is kept. */
  readonly keepsResults: boolean;
  /** Metrics are counted. */
  readonly hasMetrics: boolean;
  /** Each queue is a stage, whose handler sends the task on to the next queue. */
  readonly isChain: boolean;
  /** No entry is trimmed. */
  readonly keepsAll: boolean;
}

/** What every system's handler calls and awaits if there is something to await. It may throw. `attempt` is 1 at first, and always without `tellsAttempts`. */
export type OnTask = (addedAt: string, attempt: number) => Promise<void> | undefined;

/** One of the systems that are compared, each used as its own documentation shows. */
export interface BenchSystem {
  producer(url: string, queue: string, options?: ProducerOptions): Promise<Producer>;
  /** Consumes until the process ends; resolves when it has begun. */
  consume(options: ConsumeOptions, onTask: OnTask): Promise<void>;
  /** Adds documents to a chain whose stages are these queues, where that takes more than to add a task to the first. */
  addChains?(url: string, queues: readonly string[], documents: number): Promise<void>;
  /** Consumes with handlers that do more than to be called. undefined where the system has nothing for it. */
  perform?(options: PerformOptions): Promise<void>;
  /** How many tasks of a queue are not finished. */
  unfinished(redis: Redis, queue: string): Promise<number>;
}
