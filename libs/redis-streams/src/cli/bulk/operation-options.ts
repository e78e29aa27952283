import { type Command, InvalidArgumentError } from 'commander';
import { byOption } from '../input/who.js';

/** What every bulk action is asked with. */
export interface BulkOptions {
  readonly all?: boolean;
  readonly rate?: number;
  readonly reason?: string;
  readonly by: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** @param rate what it is without --rate */
export function withBulkOptions(command: Command, rate: string): Command {
  return command
    .optionsGroup('Options:')
    .option('--all', 'all there are; without it, something must be selected')
    .option('--rate <per second>', `how many a second; 0 for as fast as it goes (default: ${rate})`, parseRate)
    .option('--reason <text>', 'why, for whoever looks at it later')
    .addOption(byOption())
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'do not ask');
}

export function operationOptions({ rate, reason, by }: BulkOptions): { rate?: number; reason?: string; by: string } {
  return { by, ...(rate !== undefined && { rate }), ...(reason !== undefined && { reason }) };
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (text === '' || Number.isNaN(rate) || rate < 0)
    throw new InvalidArgumentError('It is how many a second, such as 20.');
  return rate;
}
