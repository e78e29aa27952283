import type { Redis } from 'ioredis';
import type { FaultKind } from './fault-kinds.js';
import type { HalfOpenLink } from './half-open-link.js';

/** How a process reaches Redis, as JSON. */
export type TopologyConnection = string | { readonly nodes: Address[]; readonly options?: { natMap: NatMap } };

export interface Address {
  readonly host: string;
  readonly port: number;
}

type NatMap = Record<string, Address>;

/** Breaks something for a while, and puts it right; what was broken may need a moment more until it is whole. */
export type Strike = (durationMs: number) => Promise<void>;

/** The Redis of a run: one server, or a cluster. */
export interface ChaosTopology {
  readonly connection: TopologyConnection;
  /** The same by way of links that break: those of one worker and of one producer. */
  readonly links: { readonly worker: HalfOpenLink; readonly producer: HalfOpenLink };
  through(link: HalfOpenLink): TopologyConnection;
  /** How many replicas must have an entry until it counts as accepted, so that a failover cannot lose it. */
  readonly minReplicas: number;
  /** The faults that only this topology knows. */
  readonly faults: Partial<Record<FaultKind, Strike>>;
  /** The tool's own connections, one to each server. */
  readonly servers: readonly Redis[];
  /** The one of them that leads to the server that holds a stream now, by default that of the plain tasks. */
  client(stream?: string): Promise<Redis>;
  /** Resolves when all servers answer and each has its role. */
  untilWhole(): Promise<void>;
  stop(): void;
}
