import { type Command, Option } from 'commander';
import type { PauseOptions } from '../../admin/groups/group-options.js';
import { parseDate, parseDuration } from './values/durations.js';
import { byOption } from './who.js';

/** How a group is paused. */
export interface PauseCommandOptions {
  readonly group: string;
  readonly reason?: string;
  readonly by: string;
  readonly for?: number;
  readonly until?: Date;
  readonly dryRun?: boolean;
}

export function withPauseOptions(command: Command): Command {
  return command
    .option('--group <group>', 'which', 'workers')
    .option('--reason <text>', 'why, for whoever finds it paused')
    .addOption(byOption())
    .addOption(
      new Option('--for <duration>', 'how long, such as 30m (default: until it is resumed)')
        .argParser(parseDuration)
        .conflicts('until'),
    )
    .option('--until <date>', 'the same as a time', parseDate)
    .option('--dry-run', 'only say what would be done');
}

export function pauseOptions({ group, reason, by, for: forMs, until }: PauseCommandOptions): PauseOptions {
  return {
    ...{ group, by },
    ...(reason !== undefined && { reason }),
    ...(forMs !== undefined && { forMs }),
    ...(until !== undefined && { until }),
  };
}
