import type { StreamProducer, StreamTasks } from 'nestjs-redis-streams';
import type { Random } from '../../random.js';
import { documents } from '../chains/documents.js';
import { reminders } from '../delayed/reminders.js';
import type { TrafficFact } from '../facts.js';
import { requests } from '../keyed/requests.js';
import { operatedTasks } from '../operated/operated-tasks.js';
import { Pace } from './pace.js';
import type { TrafficKind } from '../kinds.js';

/** What the main process tells a producer about the traffic. */
export interface TrafficConfig {
  readonly kinds: readonly TrafficKind[];
  readonly isCluster: boolean;
  /** When all producers begin, and about when they are told to end, in epoch milliseconds. */
  readonly beginsAt: number;
  readonly endsAt: number;
  /** Documents and delayed tasks a second, of this producer; and keys a second, which all producers add. */
  readonly perSecond: number;
  readonly keysPerSecond: number;
}

export interface SourceParts {
  readonly producer: StreamProducer;
  readonly tasks: StreamTasks;
  readonly random: Random;
  readonly tell: (fact: TrafficFact) => void;
  readonly minReplicas: number;
  /** What names hold that no other producer uses. */
  readonly ownNames: string;
  readonly config: TrafficConfig;
}

/** Begins to add what a producer adds. Schedules need no producer. */
export function trafficSources(parts: SourceParts): Pace[] {
  const { kinds, beginsAt: since, perSecond, keysPerSecond } = parts.config;
  const makers = {
    ...{ chains: documents, delayed: reminders, keyed: requests },
    ...{ letters: operatedTasks('letters'), replays: operatedTasks('replays'), pauses: operatedTasks('pauses') },
  };
  return kinds
    .filter((kind) => kind !== 'schedules')
    .map(
      (kind) => new Pace({ since, perSecond: kind === 'keyed' ? keysPerSecond : perSecond, make: makers[kind](parts) }),
    );
}
