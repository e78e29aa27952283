import type { GroupOverview, StreamOverview } from '../../admin/overview/stream-overview.js';
import { didYouMean } from '../../options/checks/closest.js';
import { quoted } from '../../wire/quoted.js';
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
 * @param group must be one of the stream's, too, as soon as it has any
 * @throws CommandFailedError for one that there is not
 */
export async function assertThere(session: Session, stream: string, group?: string): Promise<void> {
  const { monitor } = await session.streams();
  const overview = await monitor.overview(stream);
  if (!isThere(overview)) throw new CommandFailedError(noSuchStream(stream));
  if (group !== undefined) assertNotMisspelt(overview, group);
}

/** @throws CommandFailedError for a group that a stream does not have, though it has others: as long as no worker has started, none is misspelt */
export function assertNotMisspelt(overview: StreamOverview, group: string): void {
  if (overview.groups.length > 0) groupOf(overview, group);
}

/**
 * For what is done to a group.
 * @throws CommandFailedError where there is no such group, or no such stream
 */
export async function assertGroup(session: Session, stream: string, group: string): Promise<GroupOverview> {
  const { monitor } = await session.streams();
  const overview = await monitor.overview(stream);
  if (!isThere(overview)) throw new CommandFailedError(noSuchStream(stream));
  return groupOf(overview, group);
}

/** @throws CommandFailedError where there is no such worker, group or stream */
export async function assertWorker(session: Session, stream: string, group: string, worker: string): Promise<void> {
  const { consumers } = await assertGroup(session, stream, group);
  const names = consumers.map(({ consumer }) => consumer);
  if (names.includes(worker)) return;
  throw new CommandFailedError(
    `The group '${group}' has no worker '${worker}'.${didYouMean(worker, names)} All that there are: nestjs-redis-streams groups ${quoted(stream)}`,
  );
}

function groupOf({ stream, groups }: StreamOverview, group: string): GroupOverview {
  const found = groups.find((one) => one.group === group);
  if (found) return found;
  if (groups.length === 0) throw new CommandFailedError(noGroups(stream));
  const names = groups.map((one) => one.group);
  const known = names.map((name) => `'${name}'`).join(', ');
  throw new CommandFailedError(`'${stream}' has no group '${group}'.${didYouMean(group, names)} It has: ${known}.`);
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
