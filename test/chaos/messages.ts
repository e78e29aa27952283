import type { StreamHandlerOptions } from 'nestjs-redis-streams';
import type { WaitKind, WaitOutcome } from './life/wait.js';
import type { TaskKind } from './tasks.js';
import type { TopologyConnection } from './topology.js';
import type { TrafficConfig } from './traffic/adding/sources.js';
import type { TrafficFact } from './traffic/facts.js';
import type { TrafficKind } from './traffic/kinds.js';

/** What the main process tells a worker at its start. */
export interface WorkerConfig {
  readonly connection: TopologyConnection;
  readonly stream: string;
  /** Where tasks are that write while they run. */
  readonly chats: string;
  readonly handler: StreamHandlerOptions & { readonly leaseMs: number };
  readonly traffic: readonly TrafficKind[];
  readonly isCluster: boolean;
}

/** What the main process tells a producer at its start. */
export interface ProducerConfig {
  readonly connection: TopologyConnection;
  readonly stream: string;
  readonly chats: string;
  readonly seed: number;
  readonly rate: number;
  readonly leaseMs: number;
  readonly minReplicas: number;
  /** Its tasks are numbered from here, by steps of `step`. */
  readonly first: number;
  readonly step: number;
  readonly traffic: TrafficConfig;
}

/** What the main process tells the operator at its start. */
export interface OperatorConfig {
  readonly connection: TopologyConnection;
  readonly seed: number;
  readonly kinds: readonly TrafficKind[];
}

export type RunOutcome = 'ok' | 'failed';

/** An end that somebody was told. */
export type ToldEnd = 'completed' | 'dead-lettered' | 'cancelled' | 'expired';

/** What a handler returns: who waits for it learns which run that was. */
export interface Answer {
  readonly entryId: string;
  /** No two runs have the same. */
  readonly text: string;
}

/** `at`: by the clock in clock.ts. */
export type WorkerMessage =
  | { readonly event: 'ready' }
  | {
      readonly event: 'started';
      readonly at: number;
      readonly stream: string;
      readonly entryId: string;
      readonly deliveryCount: number;
      readonly n: number;
      readonly kind: TaskKind;
    }
  | {
      readonly event: 'ended';
      readonly at: number;
      readonly stream: string;
      readonly entryId: string;
      readonly outcome: RunOutcome;
      /** What a good run has returned. */
      readonly text?: string;
    }
  | {
      readonly event: 'settled';
      readonly at: number;
      readonly stream: string;
      readonly entryId: string;
      readonly as: string;
      /** Where the task has ended with it. */
      readonly end?: ToldEnd;
    }
  /** A run of other traffic begins, or comes to its good end. */
  | {
      readonly event: 'traffic run';
      readonly at: number;
      readonly stream: string;
      readonly entryId: string;
      readonly name: string;
      readonly isOver: boolean;
      /** Which life of the task it is. */
      readonly redrives: number;
      readonly isReplay: boolean;
    }
  | { readonly event: 'logged'; readonly at: number; readonly level: string; readonly text: string }
  | { readonly event: 'health'; readonly status: string; readonly detail: string }
  | Escaped;

export type ProducerMessage =
  | { readonly event: 'ready' }
  | {
      readonly event: 'accepted';
      readonly at: number;
      readonly stream: string;
      readonly n: number;
      readonly id: string;
      readonly kind: TaskKind;
      readonly ttlMs: number | undefined;
    }
  /** Somebody waits for something about a task, or asks for it. */
  | {
      readonly event: 'wait began';
      readonly at: number;
      readonly stream: string;
      readonly n: number;
      readonly kind: WaitKind;
    }
  | {
      readonly event: 'wait ended';
      readonly at: number;
      readonly stream: string;
      readonly n: number;
      readonly kind: WaitKind;
      /** undefined where that was never told. */
      readonly id: string | undefined;
      readonly outcome: WaitOutcome;
    }
  /** The entry may exist. */
  | { readonly event: 'unknown'; readonly stream: string; readonly n: number }
  /** The entry is in the stream, and a failover may lose it. */
  | { readonly event: 'unreplicated'; readonly stream: string; readonly n: number }
  /** Nothing was written. */
  | { readonly event: 'refused'; readonly stream: string; readonly n: number; readonly error: string }
  | { readonly event: 'traffic'; readonly fact: TrafficFact }
  | { readonly event: 'finished' }
  | { readonly event: 'concluded' }
  | Escaped;

/** An error that nobody handled, in a process that lives on to tell. */
export interface Escaped {
  readonly event: 'escaped';
  readonly at: number;
  readonly text: string;
}

/** What the main process may ask. */
export type Question = 'health' | 'finish' | 'conclude';
