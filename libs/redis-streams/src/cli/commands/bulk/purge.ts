import { Command } from 'commander';
import { type LetterOptions, letterFilter, withLetterOptions } from '../../bulk/letter-options.js';
import { type BulkOptions, operationOptions, withBulkOptions } from '../../bulk/operation-options.js';
import { runBulkAction } from '../../bulk/run-operation.js';
import { acts } from '../../command.js';

/** Deletes dead letters. */
export function purgeCommand(): Command {
  const command = withLetterOptions(
    withBulkOptions(
      new Command('purge').description('delete dead letters for good, after saying which').argument('<stream>'),
      'as fast as it goes',
    ),
  );
  return acts<LetterOptions & BulkOptions>(
    command,
    async (session, options, stream) => {
      const { deadLetters } = await session.streams();
      const selection = { ...letterFilter(options), ...(options.all && { all: true as const }) };
      const how = operationOptions(options);
      return runBulkAction(session, {
        group: options.group,
        plan: () => deadLetters.planPurge(stream, selection, how),
        start: (upTo) => deadLetters.purge(stream, { ...selection, upTo }, how),
        dryRun: options.dryRun,
        yes: options.yes,
      });
    },
    { endsItself: true },
  );
}
