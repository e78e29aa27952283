import { Command } from 'commander';
import type { ConsumerRemoval } from '../../../model/groups/group-removal.js';
import { acts } from '../../command.js';
import { assertWorker } from '../../input/known-stream.js';
import { type RemoveCommandOptions, runRemoval, withRemoveOptions } from './removal.js';

/** Takes a dead worker away. */
export function removeWorkerCommand(): Command {
  const command = new Command('remove-worker')
    .description('take a dead worker away, as groups names it: others run at once what it has left')
    .argument('<stream>')
    .argument('<worker>')
    .option('--group <group>', 'of which', 'workers');
  return acts<RemoveCommandOptions & { group: string }>(
    withRemoveOptions(command, 'though it was heard of lately: what it still runs, runs twice'),
    async (session, { group, ...options }, stream, worker) => {
      const { groups } = await session.streams();
      await assertWorker(session, stream, group, worker);
      return runRemoval(session, options, {
        remove: (how) => groups.removeConsumer(stream, worker, { group, ...how }),
        what: `'${worker}' of the group '${group}'`,
        detail: ({ handedOver }: ConsumerRemoval) => `${handedOver} pending tasks for others`,
        answer: worker,
      });
    },
  );
}
