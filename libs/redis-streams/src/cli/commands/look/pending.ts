import { Command } from 'commander';
import type { StreamMonitor } from '../../../admin/stream-monitor.js';
import type { RetryScheduledTask, RunningTask, WaitingTask } from '../../../model/tasks/task-info.js';
import type { ListedState } from '../../../tasks/status/task-list.js';
import type { StreamTasks } from '../../../tasks/stream-tasks.js';
import { leaseInName } from '../../../wire/consumer-name.js';
import { isEntryId } from '../../../wire/entry-id.js';
import { acts } from '../../command.js';
import { parseCount } from '../../input/values/durations.js';
import { assertThere } from '../../input/known-stream.js';
import { shortJson } from '../../output/short-json.js';
import type { Column } from '../../output/table.js';
import type { Session } from '../../session.js';

type PendingTask = RunningTask | RetryScheduledTask | WaitingTask;

interface PendingRow {
  readonly task: PendingTask;
  /** The beginning of its payload; undefined for a task with an id of its own, and where its entry is gone. */
  readonly payload: string | undefined;
}

const MOST_OF_PAYLOAD = 32;
const STATES = ['running', 'retry-scheduled', 'waiting'] as const satisfies readonly ListedState[];

/** What a group has been given and not finished. */
export function pendingCommand(): Command {
  const command = new Command('pending')
    .description(
      'the tasks that a group has been given and has not finished: those that run, then those that run again later',
    )
    .argument('<stream>')
    .option('--group <group>', 'whose', 'workers')
    .option('--limit <count>', 'how many at most', parseCount, 100);
  return acts<{ group: string; limit: number }>(command, async (session, { group, limit }, stream) => {
    const { tasks, monitor } = await session.streams();
    const { out } = session;
    const rows = out.rows(columns(session));
    let count = 0;
    for await (const task of pendingTasks(tasks, stream, group)) {
      if (count++ === limit) {
        out.say(`There are more: --limit ${limit} was reached.`);
        break;
      }
      // Machines may ask for payloads where they need them: lists do not carry them.
      const payload = out.isJson ? undefined : await payloadOf(monitor, task);
      await rows.add({ task, payload }, { ...task, ...leaseOf(task) });
    }
    if (count === 0) await assertThere(session, stream, group);
    if (count === 0) out.say(`Nothing is pending in the group '${group}'.`);
  });
}

async function* pendingTasks(tasks: StreamTasks, stream: string, group: string): AsyncGenerator<PendingTask> {
  for (const state of STATES) {
    let from: string | undefined;
    do {
      const page = await tasks.list(stream, { state, group, ...(from !== undefined && { from }) });
      for (const task of page.tasks) {
        // Behind those that were delivered come those that were not.
        if (task.state === 'waiting' && (task.why ?? 'paused') === 'paused') return;
        yield task;
      }
      from = page.next;
    } while (from !== undefined);
  }
}

async function payloadOf(monitor: StreamMonitor, { stream, id }: PendingTask): Promise<string | undefined> {
  if (!isEntryId(id)) return undefined;
  for await (const entry of monitor.history(stream, { from: id, to: id, limit: 1 })) {
    return entry.error ? 'unreadable' : shortJson(entry.payload, MOST_OF_PAYLOAD);
  }
  return undefined;
}

/** Of the worker that runs it, in milliseconds: whole, and what is left of it. undefined where its worker keeps none. */
function leaseOf(task: PendingTask): { leaseMs?: number; leaseLeftMs?: number } {
  const leaseMs = task.state === 'running' ? leaseInName(task.consumer) : undefined;
  if (task.state !== 'running' || leaseMs === undefined) return {};
  return { leaseMs, leaseLeftMs: leaseMs - task.renewedMsAgo };
}

function columns({ out }: Session): Column<PendingRow>[] {
  return [
    { title: 'ID                 ', cell: ({ task }) => task.id },
    { title: 'TASK'.padEnd(MOST_OF_PAYLOAD), cell: ({ payload }) => payload },
    { title: 'STATE          ', cell: ({ task }) => (task.state === 'waiting' ? task.why : task.state) },
    { title: 'DUE'.padEnd(out.momentWidth), cell: ({ task }) => out.moment(dueOf(task)) },
    { title: 'WORKER', cell: ({ task }) => (task.state === 'running' ? task.consumer : undefined) },
    {
      title: 'HEARD OF',
      cell: ({ task }) => (task.state === 'running' ? `${out.duration(task.renewedMsAgo)} ago` : undefined),
    },
    { title: 'LEASE', cell: ({ task }) => leaseText(out.duration.bind(out), task) },
    { title: 'RUNS', isNumber: true, cell: ({ task }) => task.deliveryCount },
    {
      title: 'LAST ERROR',
      most: 80,
      cell: ({ task }) => (task.state === 'retry-scheduled' ? task.lastError : undefined),
    },
  ];
}

function dueOf(task: PendingTask): Date | undefined {
  if (task.state === 'running') return undefined;
  return task.state === 'waiting' ? task.until : task.dueAt;
}

function leaseText(duration: (ms: number) => string | undefined, task: PendingTask): string | undefined {
  const { leaseLeftMs } = leaseOf(task);
  return leaseLeftMs === undefined || leaseLeftMs > 0 ? duration(leaseLeftMs!) : 'over';
}
