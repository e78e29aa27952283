import type { DelayedPlace, OwnIds } from '../../model/ports/tasks/own-ids.js';
import type { DelayedTask } from '../../model/tasks/task-info.js';
import { DEFAULT_GROUP } from '../../options/tables/handler-options.js';
import type { TaskPage } from '../status/task-list.js';
import { writePlace } from './delayed-options.js';

/** One page of the tasks that wait outside a stream. @param options where it begins, and how many tasks it has at most */
export async function delayedPage(
  ownIds: Pick<OwnIds, 'list'>,
  stream: string,
  { from, limit }: { readonly from: DelayedPlace; readonly limit: number },
): Promise<TaskPage<DelayedTask>> {
  // One more tells whether there is another page.
  const places = await ownIds.list(stream, { after: from, count: limit + 1 });
  const page = places.slice(0, limit);
  return {
    tasks: page.map(({ id, dueAt }) => ({
      ...{ stream, group: DEFAULT_GROUP, id },
      ...{ state: 'delayed', dueAt: new Date(dueAt) },
    })),
    next: places.length > limit ? writePlace(page.at(-1)!) : undefined,
  };
}
