import { Command } from 'commander';
import { withCommonOptions } from './command.js';
import { operationsCommand } from './commands/bulk/operations.js';
import { purgeCommand } from './commands/bulk/purge.js';
import { redriveCommand } from './commands/bulk/redrive.js';
import { replayCommand } from './commands/bulk/replay.js';
import { addCommand } from './commands/change/add.js';
import { cancelCommand } from './commands/change/cancel.js';
import { drainCommand } from './commands/groups/drain.js';
import { pauseCommand } from './commands/groups/pause.js';
import { removeGroupCommand } from './commands/groups/remove-group.js';
import { removeWorkerCommand } from './commands/groups/remove-worker.js';
import { resumeCommand } from './commands/groups/resume.js';
import { deadCommand } from './commands/look/dead.js';
import { doctorCommand } from './commands/look/doctor.js';
import { groupsCommand } from './commands/look/groups.js';
import { historyCommand } from './commands/look/history.js';
import { pendingCommand } from './commands/look/pending.js';
import { statsCommand } from './commands/look/stats.js';
import { tailCommand } from './commands/look/tail.js';
import { taskCommand } from './commands/look/task.js';

/** The command line, with all of its commands. @param version of the package */
export function createProgram(version: string): Command {
  const program = new Command('nestjs-redis-streams')
    .description('Looks at streams of tasks in Redis, and operates them. It needs no application of Nest.')
    .version(version)
    .showHelpAfterError('(--help tells all options)')
    .addHelpText(
      'after',
      `
Redis is where REDIS_URL says, else at redis://127.0.0.1:6379. A password belongs there, never into an argument.

Exit codes: 0 done · 1 failed · 2 wrong use, or not confirmed · 3 doctor or a threshold of stats found a problem, 4 a critical one ·
130 interrupted`,
    );
  withCommonOptions(program).enablePositionalOptions();
  const add = (group: string, commands: readonly (() => Command)[]) => {
    for (const command of commands) {
      program.addCommand(command().helpGroup(group).showHelpAfterError('(--help tells all options)'));
    }
  };
  add('Look:', [
    ...[
      statsCommand,
      tailCommand,
      historyCommand,
      taskCommand,
      pendingCommand,
      deadCommand,
      groupsCommand,
      doctorCommand,
    ],
  ]);
  add('Change:', [addCommand, cancelCommand]);
  add('Groups:', [pauseCommand, resumeCommand, drainCommand, removeGroupCommand, removeWorkerCommand]);
  add('Bulk actions:', [redriveCommand, replayCommand, purgeCommand, operationsCommand]);
  return program;
}
