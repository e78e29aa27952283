import { rethrowNaming } from '../../model/errors/rethrow-naming.js';
import type { Diagnosis } from '../../model/ports/admin/diagnosis.js';
import type { StreamMonitor } from '../stream-monitor.js';
import { deploymentFindings } from './deployment-checks.js';
import type { Finding } from './finding.js';
import { serverFindings } from './server-checks.js';
import { serverFacts } from './server-facts.js';
import { type StreamFacts, streamFindings } from './stream-checks.js';

const HOUR_MS = 3_600_000;
/** More dead letters of an hour are not counted. */
const MOST_COUNTED = 1_000;

/**
 * Examines Redis and streams, and says what would go wrong, or does already: numbered findings, each with its remedy. What a server may not be
 * asked, as on managed ones (CONFIG, INFO, ACL), is skipped, and said so. Nothing is changed.
 */
export class StreamDoctor {
  /** @internal */
  constructor(
    private readonly diagnosis: Diagnosis,
    private readonly monitor: StreamMonitor,
  ) {}

  /**
   * @param streams which to look at. Default none: the server only
   * @throws RedisUnavailableError when Redis does not answer in time, RedisStreamsConfigError for a bad stream name
   */
  async examine(streams: readonly string[] = []): Promise<Finding[]> {
    const facts = await serverFacts(this.diagnosis).catch(rethrowNaming('examine()'));
    const aheadMs = 'value' in facts.clockAheadMs ? facts.clockAheadMs.value : 0;
    const found = [...serverFindings(facts), ...deploymentFindings(facts)];
    for (const stream of streams) found.push(...streamFindings(await this.streamFacts(stream, Date.now() + aheadMs)));
    return found;
  }

  private async streamFacts(stream: string, now: number): Promise<StreamFacts> {
    const stats = await this.monitor.overview(stream);
    const retries = stats.groups.map(async ({ group }) => ({
      group,
      dueAt: await this.diagnosis.earliestRetry(stream, group),
    }));
    return {
      stats,
      now,
      retries: await Promise.all(retries),
      markedGroups: await this.diagnosis.markedGroups(stream),
      recentlyDead: await this.deadSince(stream, new Date(now - HOUR_MS)),
    };
  }

  private async deadSince(stream: string, from: Date): Promise<number> {
    let count = 0;
    for await (const _ of this.monitor.deadLetters(stream, { from, limit: MOST_COUNTED })) count++;
    return count;
  }
}
