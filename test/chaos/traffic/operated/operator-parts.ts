import { setTimeout as wait } from 'node:timers/promises';
import type { OperationInfo } from 'nestjs-redis-streams';
import {
  AddRefusedError,
  OperationActiveError,
  RedisStreamsConfigError,
  RedisUnavailableError,
  type StreamsClient,
} from 'nestjs-redis-streams/client';
import { now } from '../../clock.js';
import type { Random } from '../../random.js';
import type { BulkAction, TrafficFact } from '../facts.js';

export interface OperatorParts {
  readonly client: StreamsClient;
  readonly random: Random;
  readonly tell: (fact: TrafficFact) => void;
}

/** Does something again and again, until it is told to end. */
export class Habit {
  private readonly ending = new AbortController();
  private readonly done: Promise<void>;

  constructor(once: (pauseFor: (ms: number) => Promise<void>) => Promise<void>) {
    const pauseFor = (ms: number) => wait(ms, undefined, this.ending).catch(() => undefined);
    const goOn = async () => {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      while (!this.ending.signal.aborted) await once(pauseFor);
    };
    this.done = goOn();
  }

  end(): Promise<void> {
    this.ending.abort();
    return this.done;
  }
}

const PASSING = [AddRefusedError, OperationActiveError, RedisStreamsConfigError, RedisUnavailableError];
const AGAIN_MS = 200;

/** Asks until it is done: Redis may be away or its memory full, the group be destroyed for a moment, another bulk action go on. */
export async function untilDone<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!PASSING.some((kind) => error instanceof kind) && !isFullMemory(error)) throw error;
      await wait(AGAIN_MS);
    }
  }
}

function isFullMemory(error: unknown): boolean {
  return /\bOOM\b/.test(String(error));
}

/** As it is told at the end. */
export function bulkAction<Kind>(kind: Kind, info: OperationInfo): BulkAction<Kind> {
  const { id: name, state, upTo, done, skipped, selection } = info;
  return { kind, what: 'bulk action', name, state, from: String(selection.from), upTo, done, skipped, at: now() };
}
