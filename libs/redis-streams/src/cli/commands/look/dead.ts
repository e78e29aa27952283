import { Command, Option } from 'commander';
import type { DeadLetter } from '../../../admin/dead-letter.js';
import { acts } from '../../command.js';
import { parseCount, parseMoment } from '../../input/durations.js';
import type { Column } from '../../output/table.js';
import type { Session } from '../../session.js';

interface DeadOptions {
  readonly from?: string | Date;
  readonly to?: string | Date;
  readonly group?: string;
  readonly reason?: string;
  readonly error?: string;
  readonly by?: 'error' | 'reason' | 'group';
  readonly limit: number;
}

/** The tasks that were given up. */
export function deadCommand(): Command {
  const command = new Command('dead')
    .description('the tasks that were given up, oldest first, or how many there are of each kind')
    .argument('<stream>')
    .option('--group <group>', 'only of this group')
    .option('--reason <reason>', 'only given up for this reason')
    .option('--error <text>', 'only with this text in their error')
    .option('--from <moment>', 'the first: the id of a letter, a date, or how long ago, such as 2h', parseMoment)
    .option('--to <moment>', 'the last, likewise', parseMoment)
    .addOption(new Option('--by <kind>', 'count them instead').choices(['error', 'reason', 'group']))
    .option('--limit <count>', 'how many at most; with --by, how many are looked at', parseCount, 1_000);
  return acts<DeadOptions>(command, async (session, options, stream) => {
    const { monitor } = await session.streams();
    const { out } = session;
    const { from, to, limit } = options;
    const letters = monitor.deadLetters(stream, { ...(from && { from }), ...(to && { to }), limit });
    const kinds = new Map<string, Kind>();
    let seen = 0;
    const rows = out.rows(letterColumns(session));
    for await (const letter of letters) {
      seen++;
      if (!isMeant(letter, options)) continue;
      if (options.by) countIn(kinds, letter, options.by);
      else await rows.add(letter);
    }
    if (options.by) {
      const table = out.rows(kindColumns(session));
      for (const kind of [...kinds.values()].toSorted((a, b) => b.count - a.count)) await table.add(kind);
    }
    if (seen === 0) out.say('No task was given up.');
    if (seen === limit && limit > 0) out.say(`There may be more: ${limit} letters were looked at (--limit).`);
  });
}

interface Kind {
  readonly group: string;
  readonly reason: string;
  readonly error: string;
  readonly oldest: Date;
  readonly newest: Date;
  readonly count: number;
}

function isMeant({ group, reason, errorText }: DeadLetter<unknown>, options: DeadOptions): boolean {
  return (
    (options.group === undefined || group === options.group) &&
    (options.reason === undefined || reason === options.reason) &&
    (options.error === undefined || errorText.includes(options.error))
  );
}

function countIn(kinds: Map<string, Kind>, letter: DeadLetter<unknown>, by: 'error' | 'reason' | 'group'): void {
  const { group, diedAt } = letter;
  const reason = by === 'group' ? '' : letter.reason;
  // What varies from task to task would make a kind of each.
  const error = by === 'error' ? letter.errorText.split('\n', 1)[0]! : '';
  const key = JSON.stringify([group, reason, error]);
  const { oldest = diedAt, count = 0 } = kinds.get(key) ?? {};
  kinds.set(key, { group, reason, error, oldest, newest: diedAt, count: count + 1 });
}

function letterColumns({ out }: Session): Column<DeadLetter<unknown>>[] {
  return [
    { title: 'LETTER             ', cell: ({ id }) => id },
    { title: 'TASK               ', cell: ({ entry }) => entry.id },
    { title: 'DIED    ', cell: ({ diedAt }) => out.moment(diedAt) },
    { title: 'GROUP  ', cell: ({ group }) => group },
    { title: 'REASON       ', cell: ({ reason }) => reason },
    { title: 'RUNS', isNumber: true, cell: ({ deliveryCount }) => deliveryCount },
    { title: 'ERROR', most: 120, cell: ({ errorText }) => errorText.split('\n', 1)[0] },
  ];
}

function kindColumns({ out }: Session): Column<Kind>[] {
  return [
    { title: 'COUNT', isNumber: true, cell: ({ count }) => count },
    { title: 'GROUP', cell: ({ group }) => group },
    { title: 'REASON', cell: ({ reason }) => reason || undefined },
    { title: 'ERROR', most: 80, cell: ({ error }) => error || undefined },
    { title: 'OLDEST', cell: ({ oldest }) => out.moment(oldest) },
    { title: 'NEWEST', cell: ({ newest }) => out.moment(newest) },
  ];
}
