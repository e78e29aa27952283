import { Command } from 'commander';
import type { DeadLetter } from '../../../admin/dead-letter.js';
import type { DeathCause } from '../../../admin/letters/letter-summary.js';
import { type LetterOptions, letterFilter, withLetterOptions } from '../../bulk/letter-options.js';
import { acts } from '../../command.js';
import { parseCount } from '../../input/values/durations.js';
import { assertThere } from '../../input/known-stream.js';
import type { Column } from '../../output/table.js';
import type { Session } from '../../session.js';

interface DeadOptions extends LetterOptions {
  readonly summary?: boolean;
  readonly limit?: number;
}

const MOST_LISTED = 100;

/** The tasks that were given up. */
export function deadCommand(): Command {
  const command = withLetterOptions(
    new Command('dead')
      .description('the tasks that were given up, oldest first, or what they died of')
      .argument('<stream>')
      .option('--summary', 'how many died of what, the most frequent first')
      .option(
        '--limit <count>',
        `how many at most (default: ${MOST_LISTED}); of a summary, how many are looked at`,
        parseCount,
      ),
  );
  return acts<DeadOptions>(command, async (session, options, stream) => {
    const { deadLetters } = await session.streams();
    const { out } = session;
    const { summary, limit, group } = options;
    const filter = letterFilter(options);
    if (summary) {
      const { causes, scanned, isComplete } = await deadLetters.summary(stream, { ...filter, ...(limit && { limit }) });
      const table = out.rows(causeColumns(session));
      for (const cause of causes) await table.add(cause);
      if (causes.length === 0) await assertThere(session, stream, group);
      if (causes.length === 0) out.say('There are no such letters.');
      if (!isComplete) out.say(`There are more: ${scanned} letters were looked at (--limit).`);
      return;
    }
    const most = limit ?? MOST_LISTED;
    const rows = out.rows(letterColumns(session));
    let count = 0;
    for await (const letter of deadLetters.list(stream, { ...filter, limit: most })) {
      count++;
      await rows.add(letter);
    }
    if (count === 0) await assertThere(session, stream, group);
    if (count === 0) out.say('There are no such letters.');
    if (count === most && most > 0) out.say(`There may be more: --limit ${most} was reached.`);
  });
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

function causeColumns({ out }: Session): Column<DeathCause>[] {
  return [
    { title: ' COUNT', isNumber: true, cell: ({ count }) => count },
    { title: 'REDRIVEN', isNumber: true, cell: ({ redriven }) => redriven },
    { title: 'OLDEST ', cell: ({ oldest }) => out.moment(oldest) },
    { title: 'NEWEST ', cell: ({ newest }) => out.moment(newest) },
    { title: 'GROUP  ', cell: ({ group }) => group },
    { title: 'REASON       ', cell: ({ reason }) => reason },
    { title: 'ERROR', most: 120, cell: ({ error }) => error },
  ];
}
