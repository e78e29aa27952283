import type { StreamHandlerOptions } from 'nestjs-redis-streams';
import type { TaskKind } from './tasks.js';
import type { TopologyConnection } from './topology.js';

/** What the main process tells a worker at its start. */
export interface WorkerConfig {
  readonly connection: TopologyConnection;
  readonly stream: string;
  readonly handler: StreamHandlerOptions;
}

/** What the main process tells a producer at its start. */
export interface ProducerConfig {
  readonly connection: TopologyConnection;
  readonly stream: string;
  readonly seed: number;
  readonly rate: number;
  readonly leaseMs: number;
  readonly minReplicas: number;
  /** Its tasks are numbered from here, by steps of `step`. */
  readonly first: number;
  readonly step: number;
}

export type RunOutcome = 'ok' | 'failed';

/** `at`: by the clock in clock.ts. */
export type WorkerMessage =
  | { readonly event: 'ready' }
  | {
      readonly event: 'started';
      readonly at: number;
      readonly entryId: string;
      readonly deliveryCount: number;
      readonly n: number;
      readonly kind: TaskKind;
    }
  | { readonly event: 'ended'; readonly at: number; readonly entryId: string; readonly outcome: RunOutcome }
  | { readonly event: 'settled'; readonly at: number; readonly entryId: string; readonly as: string }
  | { readonly event: 'logged'; readonly at: number; readonly level: string; readonly text: string }
  | { readonly event: 'health'; readonly status: string; readonly detail: string }
  | Escaped;

export type ProducerMessage =
  | { readonly event: 'ready' }
  | {
      readonly event: 'accepted';
      readonly at: number;
      readonly n: number;
      readonly id: string;
      readonly kind: TaskKind;
    }
  /** The entry may exist. */
  | { readonly event: 'unknown'; readonly n: number }
  /** The entry is in the stream, and a failover may lose it. */
  | { readonly event: 'unreplicated'; readonly n: number }
  /** Nothing was written. */
  | { readonly event: 'refused'; readonly n: number; readonly error: string }
  | { readonly event: 'finished' }
  | Escaped;

/** An error that nobody handled, in a process that lives on to tell. */
export interface Escaped {
  readonly event: 'escaped';
  readonly at: number;
  readonly text: string;
}

/** What the main process may ask. */
export type Question = 'health' | 'finish';
