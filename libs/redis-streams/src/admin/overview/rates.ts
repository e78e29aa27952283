import type { GroupLook, StreamLook } from '../../model/ports/queries.js';

/** Calls within that time of each other are told apart by what was before them. */
const SHORTEST_MS = 1_000;
const LONG_ENOUGH_MS = 10_000;
/** What is older tells nothing of now. */
const LONGEST_MS = 300_000;
const MOST_STREAMS = 1_000;

interface Sample {
  readonly at: number;
  readonly added: number | undefined;
  readonly finished: ReadonlyMap<string, Finished>;
}

/** Counts of two kinds are not to be compared. */
interface Finished {
  readonly count: number;
  readonly isReported: boolean;
}

export interface StreamRates {
  readonly addedPerSecond: number | undefined;
  finishedPerSecond(group: string): number | undefined;
}

/** Remembers what was counted at earlier looks at streams, and tells how fast that grows: for 1,000 streams, some samples of each. */
export class Rates {
  private readonly samples = new Map<string, Sample[]>();

  /** Whether it can tell what is added only by a look at the last entries. */
  needsLately(stream: string): boolean {
    const samples = this.samples.get(stream) ?? [];
    return samples.length < 2 || samples.at(-1)?.added === undefined;
  }

  /** What this look and those before it tell. */
  learn(stream: string, look: StreamLook): StreamRates {
    const now = sampleOf(look);
    const before = this.baseOf(stream, now);
    this.remember(stream, now);
    const { addedLately } = look;
    const lately = addedLately && (addedLately.count / addedLately.withinMs) * 1_000;
    return {
      addedPerSecond: (before && perSecond(now.added, before.added, now.at - before.at)) ?? lately,
      finishedPerSecond: (group) => {
        const [one, other] = [now.finished.get(group), before?.finished.get(group)];
        if (!before || one?.isReported !== other?.isReported) return undefined;
        return perSecond(one?.count, other?.count, now.at - before.at);
      },
    };
  }

  private baseOf(stream: string, now: Sample): Sample | undefined {
    const samples = this.samples.get(stream) ?? [];
    const ageOf = ({ at }: Sample) => now.at - at;
    const base = samples.findLast((sample) => ageOf(sample) >= LONG_ENOUGH_MS) ?? samples[0];
    return base && ageOf(base) >= SHORTEST_MS && ageOf(base) <= LONGEST_MS ? base : undefined;
  }

  private remember(stream: string, now: Sample): void {
    const samples = (this.samples.get(stream) ?? []).filter(({ at }) => at <= now.at);
    const last = samples.at(-1);
    if (!last || now.at - last.at >= SHORTEST_MS) samples.push(now);
    while (samples[1] && now.at - samples[1].at >= LONG_ENOUGH_MS) samples.shift();
    this.samples.delete(stream);
    this.samples.set(stream, samples);
    if (this.samples.size > MOST_STREAMS) this.samples.delete(this.samples.keys().next().value!);
  }
}

function sampleOf({ serverNow, entriesAdded, groups }: StreamLook): Sample {
  const finished = new Map<string, Finished>();
  for (const group of groups) {
    const known = finishedOf(group);
    if (known) finished.set(group.name, known);
  }
  return { at: serverNow, added: entriesAdded, finished };
}

function finishedOf({ finished, entriesRead, pending }: GroupLook): Finished | undefined {
  if (finished !== undefined) return { count: finished, isReported: true };
  return entriesRead === undefined ? undefined : { count: entriesRead - pending, isReported: false };
}

/** What counts backwards began anew in between. */
function perSecond(now: number | undefined, before: number | undefined, ms: number): number | undefined {
  if (now === undefined || before === undefined || now < before) return undefined;
  return ((now - before) / ms) * 1_000;
}
