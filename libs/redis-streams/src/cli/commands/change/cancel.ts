import { Command } from 'commander';
import { acts } from '../../command.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import type { Session } from '../../session.js';

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
    const { tasks } = await session.streams();
    const of = { ...(group !== undefined && { group }) };
    if (dryRun) return tellState(session, await tasks.get(stream, id, of));
    const outcome = await tasks.cancel(stream, id, { ...of, ...(reason !== undefined && { reason }) });
    if (session.out.isJson) await session.out.object({ stream, id, outcome });
    else await session.out.text(MEANINGS[outcome]);
    return outcome === 'unknown' || outcome === 'finished' ? EXIT.failed : EXIT.done;
  });
}

async function tellState({ out }: Session, task: { state: string; group: string; id: string }): Promise<ExitCode> {
  if (out.isJson) await out.object({ dryRun: true, ...task });
  else await out.text(`would cancel it: it is ${task.state} in the group '${task.group}'`);
  return EXIT.done;
}
