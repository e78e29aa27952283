import { Command } from 'commander';
import { type BulkOptions, operationOptions, withBulkOptions } from '../../bulk/operation-options.js';
import { runBulkAction } from '../../bulk/run-operation.js';
import { acts } from '../../command.js';
import { parseCount, parseMoment } from '../../input/values/durations.js';
import { assertGroup } from '../../input/known-stream.js';

interface ReplayCommandOptions extends BulkOptions {
  readonly from?: string | Date;
  readonly to?: string | Date;
  readonly group?: string;
  readonly copyTo?: string;
  readonly maxBacklog?: number;
}

const DEFAULT_GROUP = 'workers';

/** Runs finished tasks again. */
export function replayCommand(): Command {
  const command = withBulkOptions(
    new Command('replay')
      .description(
        'run finished tasks of the history again: in place for one group, or copied to a stream; what they do outside is done again, too',
      )
      .argument('<stream>'),
    '50',
  )
    .option('--from <moment>', 'the first: an entry id, a date, or how long ago, such as 2h', parseMoment)
    .option('--to <moment>', 'the last, likewise', parseMoment)
    .option(
      '--group <group>',
      'for this group (default: workers); with --copy-to, only what it has finished (default: all entries)',
    )
    .option('--copy-to <stream>', 'add them to this stream instead, as new tasks for all of its groups')
    .option(
      '--max-backlog <count>',
      'wait while so many tasks of the group have not been started (default: 1000)',
      parseCount,
    );
  return acts<ReplayCommandOptions>(
    command,
    async (session, options, stream) => {
      const { replays } = await session.streams();
      const { from, to, all, group, copyTo, maxBacklog } = options;
      // A copy is of entries, whatever a group has made of them.
      if (copyTo === undefined || group !== undefined) await assertGroup(session, stream, group ?? DEFAULT_GROUP);
      const range = { ...(from && { from }), ...(to && { to }), ...(all && { all: true as const }) };
      const how = {
        ...operationOptions(options),
        ...(group !== undefined && { group }),
        ...(copyTo !== undefined && { copyTo }),
        ...(maxBacklog !== undefined && { maxBacklog }),
      };
      return runBulkAction(session, {
        plan: () => replays.plan(stream, range, how),
        copyTo,
        start: (upTo) => replays.start(stream, { ...range, upTo }, how),
        dryRun: options.dryRun,
        yes: options.yes,
      });
    },
    { endsItself: true },
  );
}
