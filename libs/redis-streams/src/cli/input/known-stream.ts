import type { StreamOverview } from '../../admin/overview/stream-overview.js';
import { CommandFailedError } from '../exit-code.js';
import type { Session } from '../session.js';

/** Whether there is anything of a stream: entries, even if they are gone by now, groups, dead letters or delayed tasks. */
export function isThere({ lastEntryId, groups, deadLetters, delayed }: StreamOverview): boolean {
  return lastEntryId !== undefined || groups.length > 0 || deadLetters > 0 || (delayed ?? 0) > 0;
}

export function noSuchStream(stream: string): string {
  return (
    `There is no stream '${stream}' here: is this the right Redis, database and --prefix? ` +
    `All that there are: nestjs-redis-streams stats`
  );
}

/**
 * For what has found nothing: a misspelt name is not to pass for a stream where all is well.
 * @param group must be one of the stream's, too
 * @throws CommandFailedError for one that there is not
 */
export async function assertThere(session: Session, stream: string, group?: string): Promise<void> {
  const { monitor } = await session.streams();
  const overview = await monitor.overview(stream);
  if (!isThere(overview)) throw new CommandFailedError(noSuchStream(stream));
  const { groups } = overview;
  // As long as no worker has started, none is misspelt.
  if (group === undefined || groups.length === 0 || groups.some((one) => one.group === group)) return;
  const known = groups.map((one) => `'${one.group}'`).join(', ');
  throw new CommandFailedError(`'${stream}' has no group '${group}'. It has: ${known}.`);
}

export function noGroups(stream: string): string {
  return `'${stream}' has no groups: no worker has started for it yet.`;
}

/** The streams that there are under the prefix. */
export async function allStreams(session: Session): Promise<readonly string[]> {
  const { monitor } = await session.streams();
  const { streams, scannedKeys, isComplete } = await monitor.streams({ scan: true });
  if (!isComplete)
    session.out.say(`There may be more: ${scannedKeys.toLocaleString('en-US')} keys were looked at. Name the streams.`);
  return streams;
}
