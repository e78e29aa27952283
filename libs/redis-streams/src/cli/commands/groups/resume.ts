import { Command } from 'commander';
import { describePause } from '../../../model/groups/group-pause.js';
import { acts } from '../../command.js';
import { assertGroup } from '../../input/known-stream.js';
import { printable } from '../../output/printable.js';

/** Ends the pause of a group. */
export function resumeCommand(): Command {
  const command = new Command('resume')
    .description('end the pause of a group: its workers go on at once')
    .argument('<stream>')
    .option('--group <group>', 'which', 'workers')
    .option('--dry-run', 'only say what would be done');
  return acts<{ group: string; dryRun?: boolean }>(command, async (session, { group, dryRun }, stream) => {
    const { groups } = await session.streams();
    const { out } = session;
    await assertGroup(session, stream, group);
    const pause = dryRun ? (await groups.get(stream, { group })).pause : await groups.resume(stream, { group });
    if (out.isJson) return out.object({ ...(dryRun && { dryRun }), stream, group, pause: pause ?? null });
    if (!pause) return out.text(`'${stream}', group '${group}', is not paused`);
    return out.text(
      `${dryRun ? 'would resume' : 'resumed'} '${stream}', group '${group}': it was paused ${printable(describePause(pause))}`,
    );
  });
}
