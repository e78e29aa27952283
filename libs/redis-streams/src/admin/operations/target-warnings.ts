import { describePause } from '../../model/groups/group-pause.js';
import type { Queries } from '../../model/ports/queries.js';
import { consumerOverview } from '../overview/consumers.js';

/**
 * What whoever is about to give tasks to a stream's groups should know first: which of them would not run any now.
 * @param groups default all
 */
export async function targetWarnings(
  queries: Pick<Queries, 'look'>,
  stream: string,
  groups?: ReadonlySet<string>,
): Promise<string[]> {
  const { groups: looks, serverNow } = await queries.look(stream, false);
  if (!groups && looks.length === 0) {
    return [
      `'${stream}' has no groups: no worker has started for it yet, and nobody runs what is copied there before one does.`,
    ];
  }
  const targets = looks.filter(({ name }) => groups?.has(name) ?? true);
  return targets.flatMap(({ name, pause, consumers }) => {
    const group = `The group '${name}' of '${stream}'`;
    const isServed = consumers.some((consumer) => consumerOverview(consumer, serverNow).isAlive);
    return [
      ...(pause ? [`${group} is paused ${describePause(pause)}. Until it goes on, its tasks wait.`] : []),
      ...(isServed ? [] : [`${group} has no live worker: its tasks wait for one.`]),
    ];
  });
}
