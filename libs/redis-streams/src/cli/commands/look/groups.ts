import { Command } from 'commander';
import { isLiveConsumer } from '../../../admin/live-consumers.js';
import type { ConsumerStats, GroupStats } from '../../../admin/stream-stats.js';
import { acts } from '../../command.js';
import { CommandFailedError } from '../../exit-code.js';
import type { Column } from '../../output/table.js';
import type { Session } from '../../session.js';
import { groupView } from '../../view/group-view.js';

interface WorkerRow extends ConsumerStats {
  readonly group: GroupStats;
}

/** The groups of a stream, and their workers. */
export function groupsCommand(): Command {
  const command = new Command('groups')
    .description('the groups of a stream, and their workers')
    .argument('<stream>')
    .option('--group <group>', 'only this one');
  return acts<{ group?: string }>(command, async (session, { group: only }, stream) => {
    const { monitor } = await session.streams();
    const stats = await monitor.stats(stream);
    const groups = stats.groups.filter(({ group }) => only === undefined || group === only);
    if (only !== undefined && groups.length === 0) throw new CommandFailedError(noGroup(stream, only, stats.groups));
    if (session.out.isJson) return session.out.object({ stream, groups: groups.map(asJson) });
    if (groups.length === 0) return session.out.say(`'${stream}' has no groups: no worker has started for it yet.`);
    const rows = groups.flatMap((group): WorkerRow[] =>
      group.consumers.length === 0 ? [NO_WORKER(group)] : group.consumers.map((worker) => ({ ...worker, group })),
    );
    await session.out.table(columns(session), rows);
  });
}

const NO_WORKER = (group: GroupStats): WorkerRow => ({ group, consumer: '', pending: 0, idleMs: NaN });

function columns({ out }: Session): Column<WorkerRow>[] {
  return [
    { title: 'GROUP', cell: ({ group }) => group.group },
    { title: 'STATE', cell: ({ group }) => groupView(group).state },
    { title: 'WORKER', cell: ({ consumer }) => consumer || undefined },
    { title: 'ALIVE', cell: (row) => (row.consumer === '' ? undefined : isLiveConsumer(row) ? 'yes' : 'no') },
    { title: 'RUNNING', isNumber: true, cell: ({ consumer, pending }) => (consumer === '' ? undefined : pending) },
    { title: 'HEARD OF', cell: ({ idleMs }) => (Number.isNaN(idleMs) ? undefined : `${out.duration(idleMs)} ago`) },
  ];
}

function asJson(group: GroupStats): object {
  const { state, workers } = groupView(group);
  return {
    ...group,
    state,
    liveWorkers: workers,
    consumers: group.consumers.map((one) => ({ ...one, isLive: isLiveConsumer(one) })),
  };
}

function noGroup(stream: string, group: string, groups: readonly GroupStats[]): string {
  const known = groups.map((one) => `'${one.group}'`).join(', ') || 'none';
  return `'${stream}' has no group '${group}'. It has: ${known}.`;
}
