import { Command } from 'commander';
import type { DeadLetter } from '../../../admin/dead-letter.js';
import type { HistoryEntry } from '../../../admin/history-entry.js';
import type { TaskInfo } from '../../../model/tasks/task-info.js';
import type { TaskTrace } from '../../../model/tasks/task-trace.js';
import type { StreamsClient } from '../../../wiring/streams-client.js';
import { isEntryId } from '../../../wire/entry-id.js';
import { acts } from '../../command.js';
import { EXIT } from '../../exit-code.js';
import { assertThere } from '../../input/known-stream.js';
import { printable, shortened } from '../../output/printable.js';
import type { Session } from '../../session.js';
import { taskLine } from '../../view/task-line.js';
import { statesOf } from '../../view/task-states.js';

/** All that is known of a task. */
interface WholeTask {
  /** Its state in each group. */
  readonly groups: readonly TaskInfo[];
  /** undefined where the stream does not have it, or not under this id. */
  readonly entry: HistoryEntry<unknown> | undefined;
  readonly letters: readonly DeadLetter<unknown>[];
  readonly chain: TaskTrace;
}

const MOST_PAYLOAD = 2_000;

/** What has become of a task. */
export function taskCommand(): Command {
  const command = new Command('task')
    .description('what has become of a task, in each group')
    .argument('<stream>')
    .argument('<id>', 'what add returned, or the id of its entry')
    .option('--group <group>', 'only in this group (default: in all)');
  return acts<{ group?: string }>(command, async (session, { group }, stream, id) => {
    if (group !== undefined) await assertThere(session, stream, group);
    const streams = await session.streams();
    const task = await wholeTask(streams, stream, id, group);
    const isKnown = task.entry !== undefined || task.groups.some(({ state }) => state !== 'unknown');
    if (session.out.isJson) await session.out.object({ stream, id, isKnown, ...task });
    else if (isKnown) await tell(session, stream, id, task);
    else session.out.say(notKnown(stream, id, task));
    return isKnown ? EXIT.done : EXIT.failed;
  });
}

async function wholeTask(streams: StreamsClient, stream: string, id: string, only?: string): Promise<WholeTask> {
  const { monitor, tasks } = streams;
  const states = await statesOf(streams, stream, id, only);
  const [chain, [entry]] = await Promise.all([
    tasks.trace(stream, id, { group: states[0]!.group }),
    isEntryId(id) ? all(monitor.history(stream, { from: id, to: id, limit: 1 })) : [],
  ]);
  const letterIds = states.flatMap((task) => (task.state === 'dead-lettered' ? (task.deadLetterId ?? []) : []));
  const letters = letterIds.map((at) => all(monitor.deadLetters(stream, { from: at, to: at, limit: 1 })));
  return { groups: states, entry, letters: (await Promise.all(letters)).flat(), chain };
}

async function tell({ out }: Session, stream: string, id: string, task: WholeTask): Promise<void> {
  const { entry, groups, letters, chain } = task;
  const lines: (readonly [name: string, text: string | undefined])[] = [
    ['task', `${id} of ${stream}`],
    ['added', entry && `${out.moment(entry.addedAt)} (${entry.addedAt.toISOString()})`],
    ...groups.map((info) => [info.group, taskLine(info, out)] as const),
    ...letters.map(({ stack }) => ['stack', stack] as const),
    ['payload', entry && (entry.error ? `unreadable: ${entry.error.message}` : jsonOf(entry.payload))],
    ['headers', entry && Object.keys(entry.headers).length > 0 ? jsonOf(entry.headers) : undefined],
    ...(chain.tasks.length > 1 ? chain.tasks.map((link) => ['chain', chainLine(link)] as const) : []),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  for (const [name, text] of lines) {
    if (text !== undefined) await out.text(`${out.paint('bold', printable(name).padEnd(width))}  ${printable(text)}`);
  }
}

function chainLine({ task, depth }: TaskTrace['tasks'][number]): string {
  return `${'  '.repeat(depth)}${task.stream} ${task.id} ${task.state}`;
}

function notKnown(stream: string, id: string, { groups }: WholeTask): string {
  const isTrimmed = groups.some((task) => task.state === 'unknown' && task.trimmed);
  return isTrimmed
    ? `'${stream}' begins after ${id}: if it was there, it was trimmed, and how it ended is not known any more.`
    : `There is no task ${id} in '${stream}'.`;
}

function jsonOf(value: unknown): string {
  return shortened(JSON.stringify(value), MOST_PAYLOAD);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
