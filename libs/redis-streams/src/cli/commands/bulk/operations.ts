import { Command, Option } from 'commander';
import type { OperationInfo } from '../../../model/operations/operation.js';
import { endLine, followOperation } from '../../bulk/run-operation.js';
import { acts } from '../../command.js';
import { CommandFailedError, EXIT } from '../../exit-code.js';
import { assertThere } from '../../input/known-stream.js';
import { printable } from '../../output/printable.js';
import type { Column } from '../../output/table.js';
import type { Session } from '../../session.js';

interface OperationsOptions {
  readonly cancel?: string;
  readonly continue?: string;
  readonly reason?: string;
}

/** The bulk actions of a stream. */
export function operationsCommand(): Command {
  const command = new Command('operations')
    .description(
      'the bulk actions of a stream (redrives, purges, replays): those that go on, and those of the last 7 days',
    )
    .argument('<stream>')
    .addOption(new Option('--cancel <id>', 'end this one where it is; what is done stays done').conflicts('continue'))
    .option('--continue <id>', 'go on with one that was cancelled, has stopped or failed, and wait for its end')
    .option('--reason <text>', 'why it is cancelled');
  return acts<OperationsOptions>(
    command,
    async (session, { cancel, continue: again, reason }, stream) => {
      const streams = await session.streams();
      const { operations } = streams;
      if (cancel !== undefined) {
        const found = await operations.cancel(stream, cancel, reason === undefined ? {} : { reason });
        await tell(session, known(found, stream, cancel));
        return EXIT.done;
      }
      if (again !== undefined) {
        const { done } = known(await operations.resume(stream, again), stream, again);
        session.out.say(`goes on after ${done.toLocaleString('en-US')}`);
        return followOperation(session, streams, { stream, id: again });
      }
      const table = session.out.rows(columns(session));
      const all = await operations.list(stream);
      for (const operation of all) await table.add(operation);
      if (all.length === 0) await assertThere(session, stream);
      if (all.length === 0) session.out.say('There have been none in the last 7 days.');
      return EXIT.done;
    },
    { endsItself: true },
  );
}

function known(operation: OperationInfo | undefined, stream: string, id: string): OperationInfo {
  if (operation) return operation;
  throw new CommandFailedError(`'${stream}' has no bulk action ${id}, or has it no more: they are kept for 7 days.`);
}

async function tell({ out }: Session, operation: OperationInfo): Promise<void> {
  await (out.isJson ? out.object({ operation }) : out.text(printable(endLine(operation))));
}

function columns({ out }: Session): Column<OperationInfo>[] {
  return [
    { title: 'OPERATION          ', cell: ({ id }) => id },
    { title: 'KIND   ', cell: ({ kind }) => kind },
    { title: 'STATE    ', cell: ({ state }) => state },
    { title: '  DONE', isNumber: true, cell: ({ done }) => done },
    { title: 'LEFT OUT', isNumber: true, cell: ({ skipped }) => Object.values(skipped).reduce((sum, n) => sum + n, 0) },
    { title: 'STARTED  ', cell: ({ startedAt }) => out.moment(startedAt) },
    { title: 'BY            ', cell: ({ by }) => by },
    { title: 'REASON', most: 80, cell: ({ reason, why }) => [reason, why].filter(Boolean).join('; ') || undefined },
  ];
}
