import { Command } from 'commander';
import { describePause } from '../../../model/groups/group-pause.js';
import { acts } from '../../command.js';
import { assertGroup } from '../../input/known-stream.js';
import { type PauseCommandOptions, pauseOptions, withPauseOptions } from '../../input/pause-options.js';
import { printable } from '../../output/printable.js';

/** Stops a group from starting tasks. */
export function pauseCommand(): Command {
  const command = new Command('pause')
    .description('stop all workers of a group from starting tasks; what runs goes on, what is added waits')
    .argument('<stream>');
  return acts<PauseCommandOptions>(withPauseOptions(command), async (session, options, stream) => {
    const { groups } = await session.streams();
    const { out } = session;
    const { group } = options;
    await assertGroup(session, stream, group);
    if (options.dryRun) {
      const { pause: already, running, workers } = await groups.get(stream, { group });
      if (out.isJson)
        return out.object({ dryRun: true, stream, group, pause: already ?? null, running: running.length });
      const now = already ? `is paused already ${printable(describePause(already))}` : 'would be paused';
      return out.text(`'${stream}', group '${group}', ${now}: ${workers.length} workers, ${running.length} tasks run`);
    }
    const { before, ...pause } = await groups.pause(stream, pauseOptions(options));
    if (out.isJson) return out.object({ stream, group, pause, before: before ?? null });
    await out.text(`paused '${stream}', group '${group}' ${printable(describePause(pause))}`);
    if (before) out.say(`until now it was paused ${printable(describePause(before))}`);
  });
}
