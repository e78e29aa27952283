import { Command } from 'commander';
import type { TaskInfo } from '../../../model/tasks/task-info.js';
import { acts } from '../../command.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import { assertThere } from '../../input/known-stream.js';
import type { Session } from '../../session.js';
import { printable } from '../../output/printable.js';
import { goesOn } from '../../view/task-line.js';
import { statesOf } from '../../view/task-states.js';

interface CancelCommandOptions {
  readonly group?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

const MEANINGS = {
  cancelled: 'cancelled: it is not run any more',
  requested: 'requested: its worker is told; should it succeed all the same, that counts',
  finished: 'finished: it had ended before',
  unknown: 'unknown: there is no such task',
} as const;

/** Ends a task. */
export function cancelCommand(): Command {
  const command = new Command('cancel')
    .description('end a task: at once where it waits, as soon as its worker stops it where it runs')
    .argument('<stream>')
    .argument('<id>', 'what add returned, or the id of its entry')
    .option('--group <group>', 'only in this group (default: in all)')
    .option('--reason <text>', 'why, for whoever looks at the task later')
    .option('--dry-run', 'only say what its state is');
  return acts<CancelCommandOptions>(command, async (session, { group, reason, dryRun }, stream, id) => {
    const streams = await session.streams();
    if (dryRun) return tellPlan(session, await statesOf(streams, stream, id, group));
    const how = { ...(group !== undefined && { group }), ...(reason !== undefined && { reason }) };
    const outcome = await streams.tasks.cancel(stream, id, how);
    if (outcome === 'unknown') await assertThere(session, stream, group);
    if (session.out.isJson) await session.out.object({ stream, id, outcome });
    else await session.out.text(MEANINGS[outcome]);
    return outcome === 'unknown' || outcome === 'finished' ? EXIT.failed : EXIT.done;
  });
}

async function tellPlan(session: Session, states: readonly TaskInfo[]): Promise<ExitCode> {
  const { out } = session;
  const { stream, id, group } = states[0]!;
  const isUnknown = states.every(({ state }) => state === 'unknown');
  if (isUnknown) await assertThere(session, stream, group);
  const going = states.filter(goesOn);
  if (out.isJson) await out.object({ dryRun: true, stream, id, groups: states });
  else if (going.length === 0) await out.text(MEANINGS[isUnknown ? 'unknown' : 'finished']);
  for (const task of out.isJson ? [] : going) {
    await out.text(printable(`would cancel it: it is ${task.state} in the group '${task.group}'`));
  }
  return going.length === 0 ? EXIT.failed : EXIT.done;
}
