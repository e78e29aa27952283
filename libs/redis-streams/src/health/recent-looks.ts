import type { Queries, StreamLook } from '../model/ports/queries.js';

const KEPT_MS = 1_000;
/** What takes Redis longer to count is not worked off sooner. */
const LONG_BACKLOG = 1_000;
const LONG_KEPT_MS = 5_000;

interface KeptLook {
  readonly answer: Promise<StreamLook>;
  /** On performance.now's clock. */
  keptUntil: number;
}

/** Looks at streams. Whoever asks again within a second, or while a look is under way, gets the same one: probes may come from anywhere, as often as they like. */
export class RecentLooks {
  private readonly kept = new Map<string, KeptLook>();

  constructor(private readonly queries: Pick<Queries, 'look'>) {}

  /** Rejects as `Queries.look` does, for a second, too. */
  at(stream: string): Promise<StreamLook> {
    const kept = this.kept.get(stream);
    if (kept && performance.now() < kept.keptUntil) return kept.answer;
    const answer = this.queries.look(stream, false);
    const fresh: KeptLook = { answer, keptUntil: Infinity };
    this.kept.set(stream, fresh);
    const keepFor = (ms: number) => void (fresh.keptUntil = performance.now() + ms);
    answer.then(
      ({ groups }) => keepFor(groups.some(({ backlog }) => backlog.count > LONG_BACKLOG) ? LONG_KEPT_MS : KEPT_MS),
      () => keepFor(KEPT_MS),
    );
    return answer;
  }
}
