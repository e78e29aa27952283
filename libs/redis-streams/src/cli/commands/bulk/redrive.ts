import { Command } from 'commander';
import { type LetterOptions, letterFilter, withLetterOptions } from '../../bulk/letter-options.js';
import { type BulkOptions, operationOptions, withBulkOptions } from '../../bulk/operation-options.js';
import { runBulkAction } from '../../bulk/run-operation.js';
import { acts } from '../../command.js';
import { parseCount } from '../../input/values/durations.js';

interface RedriveOnlyOptions {
  readonly again?: boolean;
  readonly copyTrimmed?: boolean;
  readonly maxBacklog?: number;
}

/** Makes tasks of dead letters again. */
export function redriveCommand(): Command {
  const command = withBulkOptions(
    new Command('redrive')
      .description(
        'run tasks again that were given up: under their own ids, and only in the group that had given them up',
      )
      .argument('<stream>'),
    '50',
  )
    .option('--again', 'also those that were redriven before, and died again')
    .option(
      '--copy-trimmed',
      'add those again whose entries are gone: with new ids, and other groups may get them, too',
    )
    .option(
      '--max-backlog <count>',
      'wait while so many tasks of the group have not been started (default: 1000)',
      parseCount,
    );
  return acts<LetterOptions & BulkOptions & RedriveOnlyOptions>(
    withLetterOptions(command),
    async (session, options, stream) => {
      const { deadLetters } = await session.streams();
      const selection = { ...letterFilter(options), ...(options.all && { all: true as const }) };
      const { again, copyTrimmed, maxBacklog } = options;
      const how = {
        ...operationOptions(options),
        ...(again && { again }),
        ...(copyTrimmed && { copyTrimmed }),
        ...(maxBacklog !== undefined && { maxBacklog }),
      };
      return runBulkAction(session, {
        group: options.group,
        plan: () => deadLetters.planRedrive(stream, selection, how),
        start: (upTo) => deadLetters.redrive(stream, { ...selection, upTo }, how),
        dryRun: options.dryRun,
        yes: options.yes,
      });
    },
    { endsItself: true },
  );
}
