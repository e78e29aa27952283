import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamSchedule } from 'nestjs-redis-streams';
import type { DocumentState } from '../documents/document-state.js';
import { Documents } from '../documents/documents.js';
import { DIGEST_SCHEDULE, type DigestTask } from '../streams.js';
import { Runs } from '../tasks/runs.js';
import { type Digest, DIGEST_TASK, type KeptDigest } from './digest.js';

const HOUR_MS = 3_600_000;
const MOST_KEYWORDS = 5;

/** Sums up each hour: a task that the clock adds, once for all processes. */
@Controller()
export class DigestHandler {
  constructor(
    private readonly documents: Documents,
    private readonly runs: Runs,
  ) {}

  @StreamSchedule('@hourly', 'documents:digest', ({ at }) => ({ upTo: at.toISOString() }), { name: DIGEST_SCHEDULE })
  @StreamHandler('documents:digest')
  digest(@Payload({ schema: DIGEST_TASK }) { upTo }: DigestTask, @Ctx() context: StreamContext): Promise<KeptDigest> {
    return this.runs.run('The digest', context, async () => ({
      digest: await this.digestOf(new Date(upTo), context.signal),
    }));
  }

  private async digestOf(upTo: Date, signal: AbortSignal): Promise<Digest> {
    const from = new Date(upTo.getTime() - HOUR_MS);
    const states: DocumentState[] = [];
    for (const id of await this.documents.addedWithin(from, upTo)) {
      signal.throwIfAborted();
      const state = await this.documents.find(id);
      if (state) states.push(state);
    }
    return {
      ...{ from: from.toISOString(), upTo: upTo.toISOString(), documents: states.length },
      completed: states.filter(({ status }) => status === 'completed').length,
      failed: states.filter(({ status }) => status === 'failed').length,
      keywords: mostFrequent(states.flatMap(({ results }) => results.analyze?.keywords ?? []).map(({ term }) => term)),
    };
  }
}

function mostFrequent(terms: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  const ordered = [...counts].toSorted(([, a], [, b]) => b - a);
  return ordered.slice(0, MOST_KEYWORDS).map(([term]) => term);
}
