import type { GroupActivity, GroupOverview, StreamOverview } from '../../admin/overview/stream-overview.js';
import type { StreamRates } from '../../admin/stream-rates.js';
import { isThere } from '../input/known-stream.js';
import type { Output } from '../output/output.js';
import type { Column } from '../output/table.js';

/** A line of `stats`: a group, with what is told of its stream. A stream without groups has a line, too. */
export interface StatsRow {
  readonly stream: StreamOverview;
  readonly group: GroupOverview | undefined;
  /** Whether what is told of the stream is told here: in its first line. */
  readonly isFirst: boolean;
  readonly inPerSecond: number | undefined;
  readonly outPerSecond: number | undefined;
}

/** Shorter, that is how streams work. */
const HELD_FOR_LONG_MS = 86_400_000;

/** Whether it is worth a word why a group is in this state. */
export const IS_TROUBLE: Readonly<Record<GroupActivity, boolean>> = {
  running: false,
  'nothing-to-do': false,
  'retry-later': false,
  'slots-busy': true,
  'taking-over': true,
  'not-read': true,
  'no-live-worker': true,
  paused: true,
  'writes-refused': true,
};

/** @param rates measured on purpose; else those that the overview knows are told */
export function statsRows(stream: StreamOverview, rates: StreamRates | undefined): StatsRow[] {
  const inPerSecond = rates ? rates.inPerSecond : stream.addedPerSecond;
  if (stream.groups.length === 0) {
    return [{ stream, group: undefined, isFirst: true, inPerSecond, outPerSecond: undefined }];
  }
  return stream.groups.map((group, n) => {
    const measured = rates?.groups.find((one) => one.group === group.group)?.outPerSecond;
    return { stream, group, isFirst: n === 0, inPerSecond, outPerSecond: rates ? measured : group.finishedPerSecond };
  });
}

export function statsColumns(out: Pick<Output, 'duration'>): Column<StatsRow>[] {
  return [
    { title: 'STREAM', cell: ({ stream }) => stream.stream },
    { title: 'GROUP', cell: ({ group }) => group?.group },
    { title: 'STATE', cell: ({ group }) => group?.state },
    { title: 'WAITING', isNumber: true, cell: ({ group }) => group && waitingText(group) },
    { title: 'RUNNING', isNumber: true, cell: ({ group }) => group && runningText(group) },
    { title: 'LEFT', isNumber: true, cell: ({ group }) => group?.left },
    { title: 'RETRY', isNumber: true, cell: ({ group }) => group?.retryScheduled },
    { title: 'DELAYED', isNumber: true, cell: ({ stream, isFirst }) => (isFirst ? stream.delayed : '') },
    { title: 'DEAD', isNumber: true, cell: ({ stream, isFirst }) => (isFirst ? stream.deadLetters : '') },
    { title: 'OLDEST', isNumber: true, cell: ({ group }) => out.duration(group?.oldestUnfinishedAgeMs) },
    { title: 'IN/S', isNumber: true, cell: ({ inPerSecond }) => perSecond(inPerSecond) },
    { title: 'OUT/S', isNumber: true, cell: ({ outPerSecond }) => perSecond(outPerSecond) },
    { title: 'WORKERS', isNumber: true, cell: ({ group }) => group?.liveWorkers },
    { title: '', cell: noteOf },
  ];
}

export function statsJson(stream: StreamOverview, rates: StreamRates | undefined): object {
  return { ...stream, ...(rates && { rates }) };
}

function noteOf({ stream, group, isFirst }: StatsRow): string {
  if (!group) return isThere(stream) ? 'no group yet' : 'no such stream';
  const { heldBy } = stream;
  const isHeld = isFirst && heldBy !== undefined && heldBy.ageMs >= HELD_FOR_LONG_MS;
  const held = isHeld ? [`held by the group '${heldBy.group}' since ${heldBy.sinceEntryId}`] : [];
  return [...(IS_TROUBLE[group.state] || group.stuck > 0 ? [group.why] : []), ...held].join(' ');
}

function waitingText({ backlog: { count, isExact } }: GroupOverview): string {
  return (isExact ? '' : '>') + count.toLocaleString('en-US');
}

function runningText({ running, slots, stuck }: GroupOverview): string {
  return slots === undefined ? running.toLocaleString('en-US') : ofSlots(running, slots, stuck);
}

/** @param stuck of the slots those that stuck runs hold: they are not free */
export function ofSlots(running: number, slots: number, stuck: number): string {
  return `${running}/${slots}${stuck > 0 ? ` (${stuck} stuck)` : ''}`;
}

function perSecond(rate: number | undefined): string | undefined {
  if (rate === undefined) return undefined;
  return rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en-US');
}
