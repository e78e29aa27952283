import { Command } from 'commander';
import type { ConsumerOverview, GroupOverview } from '../../../admin/overview/stream-overview.js';
import { acts } from '../../command.js';
import { assertThere, noGroups } from '../../input/known-stream.js';
import type { Column } from '../../output/table.js';
import type { Session } from '../../session.js';
import { ofSlots } from '../../view/stats-view.js';

interface WorkerRow {
  readonly group: GroupOverview;
  readonly worker: ConsumerOverview | undefined;
}

/** The groups of a stream, and their workers. */
export function groupsCommand(): Command {
  const command = new Command('groups')
    .description('the groups of a stream, what they do or why they do nothing, and their workers')
    .argument('<stream>')
    .option('--group <group>', 'only this one');
  return acts<{ group?: string }>(command, async (session, { group: only }, stream) => {
    const { monitor } = await session.streams();
    const { out } = session;
    const { groups: all } = await monitor.overview(stream);
    const groups = all.filter(({ group }) => only === undefined || group === only);
    if (groups.length === 0) await assertThere(session, stream, only);
    if (out.isJson) return out.object({ stream, groups });
    if (groups.length === 0) return out.say(noGroups(stream));
    const rows = groups.flatMap((group): WorkerRow[] =>
      group.consumers.length === 0
        ? [{ group, worker: undefined }]
        : group.consumers.map((worker) => ({ group, worker })),
    );
    const isPaused = groups.some(({ paused }) => paused);
    await out.table([...columns(session), ...(isPaused ? [KNOWS_OF_PAUSE] : [])], rows);
    for (const { group, why } of groups) out.say(`${group}: ${why}`);
  });
}

/** From then on it starts nothing. */
const KNOWS_OF_PAUSE: Column<WorkerRow> = {
  title: 'KNOWS OF PAUSE',
  cell: ({ group, worker }) => group.paused && worker && (worker.hasHeard ? 'yes' : 'no'),
};

function columns({ out }: Session): Column<WorkerRow>[] {
  return [
    { title: 'GROUP', cell: ({ group }) => group.group },
    { title: 'STATE', cell: ({ group }) => group.state },
    { title: 'WORKER', cell: ({ worker }) => worker?.consumer },
    { title: 'ALIVE', cell: ({ worker }) => worker && (worker.isAlive ? 'yes' : 'no') },
    { title: 'RUNNING', isNumber: true, cell: ({ worker }) => worker && runningText(worker) },
    { title: 'HEARD OF', cell: ({ worker }) => worker && `${out.duration(worker.idleMs)} ago` },
  ];
}

function runningText({ pending, slots, stuck }: ConsumerOverview): string {
  return slots === undefined ? String(pending) : ofSlots(pending, slots, stuck);
}
