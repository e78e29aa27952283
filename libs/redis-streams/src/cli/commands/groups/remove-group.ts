import { Command } from 'commander';
import type { GroupRemoval } from '../../../model/groups/group-removal.js';
import { acts } from '../../command.js';
import { assertGroup } from '../../input/known-stream.js';
import { type RemoveCommandOptions, runRemoval, withRemoveOptions } from './removal.js';

/** Takes a group away. */
export function removeGroupCommand(): Command {
  const command = new Command('remove-group')
    .description('take a group away that nobody needs any more, with all that is kept of it but its dead letters')
    .argument('<stream>')
    .argument('<group>');
  return acts<RemoveCommandOptions & { forget?: boolean }>(
    withRemoveOptions(command, 'though it has not finished all entries, which nobody runs there then').option(
      '--forget',
      'where it had got to, too: a worker that starts with it again runs all that the stream still keeps',
    ),
    async (session, { forget = false, ...options }, stream, group) => {
      const { groups } = await session.streams();
      await assertGroup(session, stream, group);
      return runRemoval(session, options, {
        remove: (how) => groups.remove(stream, { group, forget, ...how }),
        what: `the group '${group}' of '${stream}'`,
        detail: ({ pending, hasBacklog }: GroupRemoval) =>
          `${pending} pending${hasBacklog ? ', and entries that it has not been given yet' : ''}. ` +
          (forget
            ? 'A worker that starts with this group again runs all that the stream still keeps, also what was done before'
            : 'A worker that starts with this group again runs nothing of what it had been given'),
        answer: group,
      });
    },
  );
}
