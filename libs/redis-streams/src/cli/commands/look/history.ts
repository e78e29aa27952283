import { Command } from 'commander';
import type { HistoryEntry } from '../../../admin/history-entry.js';
import { acts } from '../../command.js';
import { parseCount, parseMoment } from '../../input/values/durations.js';
import { assertThere } from '../../input/known-stream.js';
import { shortJson } from '../../output/short-json.js';
import type { Column } from '../../output/table.js';
import type { Session } from '../../session.js';

/** The entries that a stream still keeps. */
export function historyCommand(): Command {
  const command = new Command('history')
    .description('the entries that a stream keeps, oldest first, whatever has become of them')
    .argument('<stream>')
    .option('--from <moment>', 'the first: an entry id, a date, or how long ago, such as 2h', parseMoment)
    .option('--to <moment>', 'the last, likewise', parseMoment)
    .option('--limit <count>', 'how many at most', parseCount, 100);
  return acts<{ from?: string | Date; to?: string | Date; limit: number }>(
    command,
    async (session, options, stream) => {
      const { monitor } = await session.streams();
      const { out } = session;
      const { from, to, limit } = options;
      const rows = out.rows(entryColumns(session));
      let count = 0;
      for await (const entry of monitor.history(stream, { ...(from && { from }), ...(to && { to }), limit })) {
        count++;
        await rows.add(entry);
      }
      if (count === 0) await assertThere(session, stream);
      if (count === 0) out.say('There are no such entries.');
      if (count === limit && limit > 0) out.say(`There may be more: --limit ${limit} was reached.`);
    },
  );
}

export function entryColumns({ out }: Session): Column<HistoryEntry<unknown>>[] {
  return [
    { title: 'ID                 ', cell: ({ id }) => id },
    { title: 'ADDED   ', cell: ({ addedAt }) => out.moment(addedAt) },
    { title: 'PAYLOAD', cell: ({ payload, error }) => (error ? `unreadable: ${error.message}` : shortJson(payload)) },
  ];
}
