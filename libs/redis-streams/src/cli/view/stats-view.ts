import type { StreamRates } from '../../admin/stream-rates.js';
import type { StreamStats } from '../../admin/stream-stats.js';
import type { Output } from '../output/output.js';
import type { Column } from '../output/table.js';
import { type GroupView, groupView, heldNote } from './group-view.js';

/** A line of `stats`: a group, with what is told of its stream. A stream without groups has a line, too. */
export interface StatsRow extends Partial<GroupView> {
  readonly stream: string;
  readonly entries: number;
  readonly delayed: number;
  /** Of all groups of the stream, told with the first. */
  readonly dead: number | undefined;
  readonly inPerSecond: number | undefined;
  readonly outPerSecond: number | undefined;
  readonly note: string | undefined;
}

/** Shorter, that is how streams work. */
const HELD_FOR_LONG_MS = 86_400_000;

export function statsRows(stats: StreamStats, rates: StreamRates | undefined): StatsRow[] {
  const { stream, entries, delayed, deadLetters, groups } = stats;
  const ofStream = { stream, entries, delayed, inPerSecond: rates?.inPerSecond };
  if (groups.length === 0) return [{ ...ofStream, dead: deadLetters, outPerSecond: undefined, note: 'no group yet' }];
  return groups.map((group, n) => ({
    ...ofStream,
    ...groupView(group),
    dead: n === 0 ? deadLetters : undefined,
    outPerSecond: rates?.groups.find((one) => one.group === group.group)?.outPerSecond,
    note: n === 0 ? heldNote(stats, HELD_FOR_LONG_MS) : undefined,
  }));
}

export function statsColumns(out: Pick<Output, 'duration'>, hasRates: boolean): Column<StatsRow>[] {
  const rates: Column<StatsRow>[] = [
    { title: 'IN/S', isNumber: true, cell: ({ inPerSecond }) => perSecond(inPerSecond) },
    { title: 'OUT/S', isNumber: true, cell: ({ outPerSecond }) => perSecond(outPerSecond) },
  ];
  return [
    { title: 'STREAM', cell: ({ stream }) => stream },
    { title: 'GROUP', cell: ({ group }) => group },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'WAITING', isNumber: true, cell: waitingText },
    { title: 'RUNNING', isNumber: true, cell: ({ running }) => running },
    { title: 'RETRY', isNumber: true, cell: ({ retry }) => retry },
    { title: 'DELAYED', isNumber: true, cell: ({ delayed }) => delayed },
    { title: 'DEAD', isNumber: true, cell: ({ dead }) => dead ?? '' },
    { title: 'OLDEST', isNumber: true, cell: ({ oldestMs }) => out.duration(oldestMs) },
    ...(hasRates ? rates : []),
    { title: 'WORKERS', isNumber: true, cell: ({ workers }) => workers },
    { title: '', cell: ({ note }) => note ?? '' },
  ];
}

export function statsJson(stats: StreamStats, rates: StreamRates | undefined): object {
  const { groups, ...ofStream } = stats;
  return {
    ...ofStream,
    ...(rates && { inPerSecond: rates.inPerSecond ?? null }),
    groups: groups.map((group) => {
      const { state, workers, running, oldestMs } = groupView(group);
      const ofGroup = rates?.groups.find((one) => one.group === group.group);
      const more = { state, running, liveWorkers: workers, oldestUnfinishedAgeMs: oldestMs };
      return { ...group, ...more, ...(rates && { outPerSecond: ofGroup?.outPerSecond ?? null }) };
    }),
  };
}

function waitingText({ waiting, isWaitingExact }: StatsRow): string | undefined {
  if (waiting === undefined) return undefined;
  return (isWaitingExact ? '' : '>') + waiting.toLocaleString('en-US');
}

function perSecond(rate: number | undefined): string | undefined {
  return rate === undefined ? undefined : rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en-US');
}
