import type { TaskInfo } from '../../model/tasks/task-info.js';
import type { StreamsClient } from '../../wiring/streams-client.js';

/** The state of a task in one group, or in each that the stream has. */
export async function statesOf(
  { monitor, tasks }: StreamsClient,
  stream: string,
  id: string,
  only?: string,
): Promise<TaskInfo[]> {
  const groups = only === undefined ? (await monitor.stats(stream)).groups.map(({ group }) => group) : [only];
  // Of a stream without groups it is known whether it waits.
  const asked = groups.length === 0 ? ['workers'] : groups;
  return Promise.all(asked.map((group) => tasks.get(stream, id, { group })));
}
