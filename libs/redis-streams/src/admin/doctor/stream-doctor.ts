import { RedisUnavailableError } from '../../model/errors/errors.js';
import { rethrowNaming } from '../../model/errors/rethrow-naming.js';
import type { Diagnosis } from '../../model/ports/admin/diagnosis.js';
import type { StreamMonitor } from '../stream-monitor.js';
import { deploymentFindings } from './deployment-checks.js';
import { type Finding, findings } from './finding.js';
import { serverFindings } from './server-checks.js';
import { type ServerFacts, serverFacts, valueOf } from './server-facts.js';
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
   * A Redis that does not answer, or does not let us in, is a finding, too: `R01` fails, and the streams are not looked at. In a cluster
   * each master is examined, and its findings name it.
   *
   * @param streams which to look at. Default none: the server only
   * @throws RedisUnavailableError when Redis ceases to answer meanwhile, RedisStreamsConfigError for a bad stream name
   */
  async examine(streams: readonly string[] = []): Promise<Finding[]> {
    const { found, aheadMs } = await this.examineServers();
    return aheadMs === undefined ? found : [...found, ...(await this.examineStreams(streams, aheadMs))];
  }

  /** @internal Its first half. `aheadMs`: by how much Redis's clock is ahead of ours; undefined where a server does not answer */
  async examineServers(): Promise<{ found: Finding[]; aheadMs: number | undefined }> {
    const servers = await this.diagnosis.servers().catch(ifAway(() => [this.diagnosis]));
    const facts = await Promise.all(servers.map((server) => serverFacts(server).catch(ifAway((error) => error))));
    const found = facts.flatMap((known, n) => {
      const told =
        known instanceof RedisUnavailableError
          ? [away(known)]
          : [...serverFindings(known), ...deploymentFindings(known)];
      return servers.length === 1 ? told : told.map((finding) => ({ ...finding, server: servers[n]!.place }));
    });
    const isAway = facts.some((known) => known instanceof RedisUnavailableError);
    const [first] = facts as ServerFacts[];
    return { found, aheadMs: isAway ? undefined : (valueOf(first!.clockAheadMs) ?? 0) };
  }

  /** @internal Its second half. */
  async examineStreams(streams: readonly string[], aheadMs: number): Promise<Finding[]> {
    const found: Finding[] = [];
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

function away({ message }: RedisUnavailableError): Finding {
  return findings({ code: 'R01', title: 'server' }).fail(message, 'nothing else can be examined before it answers');
}

/** For what is an answer, too, where Redis is away. */
function ifAway<T>(instead: (error: RedisUnavailableError) => T): (error: Error) => T {
  return (error) => {
    if (error instanceof RedisUnavailableError) return instead(error);
    return rethrowNaming('examine()')(error);
  };
}
