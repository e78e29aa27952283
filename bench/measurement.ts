import type { Redis } from 'ioredis';
import type { SystemName } from './systems/system.js';

/** One figure of one run. */
export interface Figure {
  readonly work: string;
  readonly value: number;
  readonly unit: string;
}

export interface Bench {
  readonly url: string;
  readonly redis: Redis;
}

/** One work, done by each system in a process of its own. */
export interface Measurement {
  readonly name: string;
  readonly systems: readonly SystemName[];
  run(system: SystemName, bench: Bench): Promise<Figure[]>;
}
