import type { StreamConsumer } from '../engine/stream-consumer.js';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import type { Queries } from '../model/ports/queries.js';
import { failureText } from '../model/ports/redis-failure.js';
import type { StreamNames } from '../options/stream-names.js';
import { withTimeout } from '../timing/with-timeout.js';
import { type BacklogHealth, backlogHealth, unknownBacklog } from './backlog-rule.js';
import type { BacklogLimits, ResolvedReadinessOptions, StreamGroup } from './health-options.js';
import { RecentLooks } from './recent-looks.js';

export interface BacklogsParts {
  readonly consumer: Pick<StreamConsumer, 'statuses' | 'idleness' | 'isStopping'>;
  readonly queries: Pick<Queries, 'look'>;
  readonly names: Pick<StreamNames, 'use'>;
}

/** Holds the backlogs that somebody has set limits for against these. */
export class Backlogs {
  private readonly looks: RecentLooks;

  constructor(private readonly parts: BacklogsParts) {
    this.looks = new RecentLooks(parts.queries);
  }

  /** @throws RedisStreamsConfigError for what is no stream, and where there is no stream that the limits could be for */
  async within({ limits, targets, timeoutMs }: ResolvedReadinessOptions): Promise<BacklogHealth[]> {
    if (!limits) return [];
    const groups = targets ?? this.consumed();
    for (const { stream } of groups) this.parts.names.use(stream, 'readiness: ');
    return Promise.all(groups.map((group) => this.judge(group, limits, timeoutMs)));
  }

  private async judge(of: StreamGroup, limits: BacklogLimits, timeoutMs: number): Promise<BacklogHealth> {
    let health = unknownBacklog(of, `Redis did not answer within ${timeoutMs} ms`);
    const judging = this.looks.at(of.stream).then(
      (look) => void (health = backlogHealth(of, look, limits)),
      (error: unknown) => void (health = unknownBacklog(of, failureText(error))),
    );
    await withTimeout(timeoutMs, judging);
    return health;
  }

  private consumed(): readonly StreamGroup[] {
    const { consumer } = this.parts;
    const consumed = consumer.statuses().map(({ stream, group }) => ({ stream, group }));
    if (consumed.length > 0 || consumer.idleness || consumer.isStopping) return consumed;
    throw new RedisStreamsConfigError(
      'readiness: maxBacklog and maxOldestAgeMs are for the streams that this process consumes, and it consumes none. Name those ' +
        "that it adds to, as in { maxBacklog: 1_000, streams: ['ai:inference:queue'] }.",
    );
  }
}
