import type { Numbers } from '../numbers/numbers.js';
import type { GroupLook, StreamLook } from '../server/stream-look.js';
import type { NumberMetric, Sample } from './metric.js';

/** What is so in Redis, as it said when it was last asked. What is not known is not told. */

type OfGroup = (group: GroupLook, stream: StreamLook) => number | undefined;

function ofGroup(name: string, help: string, value: OfGroup): NumberMetric {
  const read = (numbers: Numbers): Sample[] =>
    numbers
      .looks()
      .flatMap((look) =>
        look.groups.flatMap((group) => sample({ stream: look.stream, group: group.group }, value(group, look))),
      );
  return told(name, help, ['stream', 'group'], read);
}

function ofStream(name: string, help: string, value: (look: StreamLook) => number | undefined): NumberMetric {
  const read = (numbers: Numbers): Sample[] =>
    numbers.looks().flatMap((look) => sample({ stream: look.stream }, value(look)));
  return told(name, help, ['stream'], read);
}

function told(name: string, help: string, labels: string[], read: (numbers: Numbers) => Sample[]): NumberMetric {
  const unit = /_(bytes|seconds)$/.exec(name)?.[1];
  const twin = {
    name: `redis_streams.${name.replace(/_(bytes|seconds)$/, '')}`,
    unit: unit === 'bytes' ? 'By' : unit === 'seconds' ? 's' : '{message}',
  };
  return { type: 'gauge', isOfServer: true, name, help, labels, twin, read };
}

function sample(labels: Record<string, string>, value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels, value }];
}

/** Grows from one look to the next, as the task does. */
function age({ oldestAgeMs }: GroupLook, { heardAt }: StreamLook): number {
  return oldestAgeMs === undefined ? 0 : (oldestAgeMs + performance.now() - heardAt) / 1_000;
}

function autoscale(
  { backlog, dueRetries, running, isPaused }: GroupLook,
  { delayedDue }: StreamLook,
): number | undefined {
  if (isPaused) return running;
  if (dueRetries === undefined || delayedDue === undefined) return undefined;
  return backlog.count + dueRetries + running + delayedDue;
}

export const SERVER_METRICS: readonly NumberMetric[] = [
  ofGroup(
    'backlog',
    'Tasks that no worker was given yet; at least so many where backlog_exact is 0.',
    ({ backlog }) => backlog.count,
  ),
  ofGroup('backlog_exact', 'Whether backlog was counted to the end (1), or is a lower bound (0).', ({ backlog }) =>
    Number(backlog.isExact),
  ),
  ofGroup(
    'running',
    'Tasks that a worker was given and that are not settled; with those that a dead one left.',
    ({ running }) => running,
  ),
  ofGroup('retry_scheduled', 'Tasks that wait for their retry.', ({ retryScheduled }) => retryScheduled),
  ofGroup(
    'oldest_unfinished_age_seconds',
    'For how long the oldest task has been there that the group has not finished: since it was added, or was redriven or replayed; 0 where it has finished all.',
    age,
  ),
  ofGroup('live_workers', 'Workers that said of late that they are there.', ({ workers }) => workers),
  ofGroup('paused', 'Whether the group is paused (1).', ({ isPaused }) =>
    isPaused === undefined ? undefined : Number(isPaused),
  ),
  ofGroup(
    'autoscale_messages',
    'What there is to do now: waiting, running, and retries and delayed tasks that are due; of a paused group what runs.',
    autoscale,
  ),
  ofStream('entries', 'Entries in the stream, with those that are done and kept as history.', ({ entries }) => entries),
  ofStream('dead_letters', 'Dead letters of all groups.', ({ deadLetters }) => deadLetters),
  ofStream('delayed', 'Tasks that wait for their time outside of the stream.', ({ delayed }) => delayed),
  ofStream('memory_bytes', 'What the stream takes in memory, about.', ({ memoryBytes }) => memoryBytes),
  ofStream(
    'stats_last_success_timestamp_seconds',
    'When Redis was last asked about the stream, and answered: how fresh the metrics of the server are.',
    ({ at }) => at / 1_000,
  ),
  {
    name: 'stats_errors_total',
    type: 'counter',
    labels: ['stream'],
    help: 'Questions about the stream that Redis did not answer.',
    twin: { name: 'redis_streams.stats.errors', unit: '{error}' },
    read: ({ unanswered }) => [...unanswered].map(([stream, value]) => ({ labels: { stream }, value })),
  },
];
