import type { Numbers } from '../numbers/numbers.js';
import type { GroupNumbers, TaskNumbers } from '../numbers/series.js';
import type { Metric, Sample } from './metric.js';

const GROUP = ['stream', 'group'] as const;
const TASK = ['stream', 'group', 'task'] as const;

const ofGroup = ({ stream, group }: Pick<GroupNumbers, 'stream' | 'group'>) => ({ stream, group });
const ofTask = ({ group, task }: TaskNumbers) => ({ ...ofGroup(group), task });

/** A number of each group. */
function perGroup(value: (of: GroupNumbers) => number) {
  return ({ groups }: Numbers) => [...groups.values()].map((of) => ({ labels: ofGroup(of), value: value(of) }));
}

function each(counts: Readonly<Record<string, number>>, label: string, labels: object): Sample[] {
  return Object.entries(counts).map(([name, value]) => ({ labels: { ...labels, [label]: name }, value }));
}

/** What this process does, and has done. */
export const PROCESS_METRICS: readonly Metric[] = [
  {
    name: 'sent_messages_total',
    type: 'counter',
    labels: ['stream', 'outcome'],
    help: 'Tasks that this process added, or could not add; with those that its handlers forwarded.',
    twin: { name: 'messaging.client.sent.messages', unit: '{message}', read: sentByError },
    read: ({ streams }) =>
      [...streams.values()].flatMap(({ stream, sent, failed }) => [
        { labels: { stream, outcome: 'ok' }, value: sent },
        { labels: { stream, outcome: 'error' }, value: [...failed.values()].reduce((sum, count) => sum + count, 0) },
      ]),
  },
  {
    name: 'send_duration_seconds',
    type: 'histogram',
    labels: ['stream'],
    help: 'How long calls of add and addBulk took.',
    twin: { name: 'messaging.client.operation.duration', unit: 's' },
    read: ({ streams }) =>
      [...streams.values()].map(({ stream, sendDuration }) => ({ labels: { stream }, histogram: sendDuration })),
  },
  {
    name: 'consumed_messages_total',
    type: 'counter',
    labels: GROUP,
    help: 'Runs of handlers that have begun: one for each delivery of a task.',
    twin: { name: 'messaging.client.consumed.messages', unit: '{message}' },
    read: perGroup(({ consumed }) => consumed),
  },
  {
    name: 'process_duration_seconds',
    type: 'histogram',
    labels: [...TASK, 'outcome'],
    help: 'How long handlers ran; error where the run failed.',
    twin: { name: 'messaging.process.duration', unit: 's' },
    read: ({ tasks }) =>
      [...tasks.values()].flatMap((of) => [
        { labels: { ...ofTask(of), outcome: 'ok' }, histogram: of.ok },
        { labels: { ...ofTask(of), outcome: 'error' }, histogram: of.error },
      ]),
  },
  {
    name: 'settled_total',
    type: 'counter',
    labels: [...TASK, 'outcome'],
    help: 'What became of deliveries; lease_lost where another worker has the task, and this one settled nothing.',
    twin: { name: 'redis_streams.settled', unit: '{message}' },
    read: ({ tasks }) => [...tasks.values()].flatMap((of) => each(of.settled, 'outcome', ofTask(of))),
  },
  {
    name: 'wait_duration_seconds',
    type: 'histogram',
    labels: GROUP,
    help: 'How long tasks were in the stream when they were first delivered; those that were redriven or replayed, since then.',
    twin: { name: 'redis_streams.wait.duration', unit: 's' },
    read: ({ groups }) => [...groups.values()].map((of) => ({ labels: ofGroup(of), histogram: of.wait })),
  },
  {
    name: 'end_to_end_duration_seconds',
    type: 'histogram',
    labels: GROUP,
    help: 'How long tasks took from their entry in the stream, or from when they were redriven or replayed, to their end, whichever it was.',
    twin: { name: 'redis_streams.end_to_end.duration', unit: 's' },
    read: ({ groups }) => [...groups.values()].map((of) => ({ labels: ofGroup(of), histogram: of.endToEnd })),
  },
  {
    name: 'dead_lettered_total',
    type: 'counter',
    labels: [...GROUP, 'reason'],
    help: 'Tasks that were given up; they are in the dead letter where one is kept.',
    twin: { name: 'redis_streams.dead_lettered', unit: '{message}' },
    read: ({ groups }) => [...groups.values()].flatMap((of) => each(of.deadLettered, 'reason', ofGroup(of))),
  },
  {
    name: 'taken_over_total',
    type: 'counter',
    labels: GROUP,
    help: 'Tasks that were taken over from workers that were silent for longer than their lease.',
    twin: { name: 'redis_streams.taken_over', unit: '{message}' },
    read: perGroup(({ takenOver }) => takenOver),
  },
  {
    name: 'stale_settlements_total',
    type: 'counter',
    labels: GROUP,
    help: 'Outcomes that counted for nothing as the lease had been lost; another run does the work again.',
    twin: { name: 'redis_streams.stale_settlements', unit: '{message}' },
    read: perGroup(({ stale }) => stale),
  },
  {
    name: 'redriven_total',
    type: 'counter',
    labels: GROUP,
    help: 'Tasks that were redriven from their dead letter, and have ended again, whichever way.',
    twin: { name: 'redis_streams.redriven', unit: '{message}' },
    read: perGroup(({ redriven }) => redriven),
  },
  {
    name: 'replayed_total',
    type: 'counter',
    labels: GROUP,
    help: 'Tasks that were replayed, and have ended again, whichever way.',
    twin: { name: 'redis_streams.replayed', unit: '{message}' },
    read: perGroup(({ replayed }) => replayed),
  },
  {
    name: 'in_flight',
    type: 'gauge',
    labels: GROUP,
    help: 'Handlers at work, those included that lost their lease and do not end.',
    twin: { name: 'redis_streams.in_flight', unit: '{message}', isSum: true },
    read: (numbers) => numbers.gauges().map((of) => ({ labels: ofGroup(of), value: of.inFlight })),
  },
  {
    name: 'concurrency_limit',
    type: 'gauge',
    labels: GROUP,
    help: 'Handlers that may be at work at once.',
    twin: { name: 'redis_streams.concurrency_limit', unit: '{message}', isSum: true },
    read: (numbers) => numbers.gauges().map((of) => ({ labels: ofGroup(of), value: of.limit })),
  },
  {
    name: 'loop_last_success_timestamp_seconds',
    type: 'gauge',
    labels: [...GROUP, 'loop'],
    help: 'When a loop was last known to do its work, or to have none: read, lease (renewals) and settle.',
    together: 'min',
    twin: { name: 'redis_streams.loop.last_success', unit: 's' },
    read: (numbers) =>
      numbers
        .gauges()
        .flatMap((of) =>
          [...of.onTimeAt].map(([loop, at]) => ({ labels: { ...ofGroup(of), loop }, value: at / 1_000 })),
        ),
  },
  {
    name: 'loop_errors_total',
    type: 'counter',
    labels: [...GROUP, 'loop'],
    help: 'Attempts of a loop that failed: to read or claim, to renew leases, to settle.',
    twin: { name: 'redis_streams.loop.errors', unit: '{error}' },
    read: ({ groups }) => [...groups.values()].flatMap((of) => each(of.loopErrors, 'loop', ofGroup(of))),
  },
  {
    name: 'reconnects_total',
    type: 'counter',
    labels: ['role'],
    help: 'How often a connection to Redis was there again after it was lost.',
    twin: { name: 'redis_streams.reconnects', unit: '{reconnect}' },
    read: ({ reconnects }) => [...reconnects].map(([role, value]) => ({ labels: { role }, value })),
  },
];

function sentByError({ streams }: Numbers): Sample[] {
  return [...streams.values()].flatMap(({ stream, sent, failed }) => [
    { labels: { stream }, value: sent },
    ...[...failed].map(([type, value]) => ({ labels: { stream, error: type }, value })),
  ]);
}
