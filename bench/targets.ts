import { type Results, shown, significant } from './report.js';

export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly target: number;
  readonly holds: boolean;
}

interface Target {
  readonly name: string;
  /** undefined where this run did not measure it. */
  readonly value: (results: Results) => number | undefined;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const ENHANCED = 'drain at 100 through guard, pipe and interceptor';
const MEMORY = 'Redis memory per queued task';
const MIXED_MEMORY = 'Redis memory per queued task that is not all strings';

/** What the library means to keep, each a ratio of two medians of one run unless it says otherwise. */
const TARGETS: readonly Target[] = [
  { name: 'drain at 100, to bare', value: toBare('drain at 100'), atLeast: 0.8 },
  { name: 'drain at 1, to bare', value: toBare('drain at 1'), atLeast: 0.85 },
  { name: 'drain at 100, to BullMQ', value: toBullmq('drain at 100'), atLeast: 5 },
  {
    name: 'drain at 100 through guard, pipe and interceptor, to BullMQ without',
    value: (results) => divide(results.median(ENHANCED, 'ours'), results.median('drain at 100', 'bullmq')),
    atLeast: 3,
  },
  { name: 'drain at 1, to BullMQ', value: toBullmq('drain at 1'), atLeast: 1.4 },
  {
    name: 'produce one by one, to the better of bare',
    value: (results) => {
      const plain = results.median('produce one by one', 'bare') ?? 0;
      const auto = results.median('produce one by one', 'bare-autopipelining') ?? 0;
      return divide(results.median('produce one by one', 'ours'), Math.max(plain, auto));
    },
    atLeast: 0.8,
  },
  { name: 'produce one by one, to BullMQ', value: toBullmq('produce one by one'), atLeast: 3.4 },
  { name: 'produce in bulk, to bare', value: toBare('produce in bulk'), atLeast: 0.85 },
  { name: 'produce in bulk, to BullMQ', value: toBullmq('produce in bulk'), atLeast: 5 },
  { name: 'produce one by one, keyed, to BullMQ', value: toBullmq('produce one by one, keyed'), atLeast: 3 },
  { name: 'produce one by one, delayed, to BullMQ', value: toBullmq('produce one by one, delayed'), atLeast: 3 },
  ...['200', '2000'].flatMap((rate): Target[] => [
    { name: `latency at ${rate}/s, p50, to bare`, value: toBare(`latency at ${rate}/s, p50`), atMost: 1.5 },
    { name: `latency at ${rate}/s, p50, to BullMQ`, value: toBullmq(`latency at ${rate}/s, p50`), atMost: 0.5 },
    { name: `latency at ${rate}/s, p99, to BullMQ`, value: toBullmq(`latency at ${rate}/s, p99`), atMost: 0.5 },
  ]),
  { name: 'Redis memory per queued task, to bare', value: toBare(MEMORY), atMost: 1.01 },
  { name: 'Redis memory per queued task, to BullMQ', value: toBullmq(MEMORY), atMost: 0.3 },
  { name: `${MIXED_MEMORY}, to bare`, value: toBare(MIXED_MEMORY), atMost: 1.1 },
  absolute('Redis commands per 100 tasks', { atMost: 6 }),
  growing('drain from a backlog of 1000000', 'drain from a backlog of 10000', 0.9),
  growing('drain from a backlog of 5000000', 'drain from a backlog of 10000', 0.9),
  growing('drain beside 100000 scheduled retries', 'drain from a backlog of 1000000', 0.85),
  growing('drain beside 100000 pending entries', 'drain from a backlog of 1000000', 0.85),
  { name: 'add and wait for a result, to BullMQ', value: toBullmq('add and wait for a result'), atLeast: 3 },
  growing('drain at 100, results kept', 'drain at 100', 0.6),
  { name: 'drain at 100, results kept, to BullMQ', value: toBullmq('drain at 100, results kept'), atLeast: 3 },
  absolute('output of 200 tasks: worker', { atMost: 50 }),
  absolute('output of 200 tasks: Redis', { atMost: 50 }),
  // Half of flushMs, which is 30, and 5 ms; flushMs and 20 ms.
  absolute('output of 200 tasks, watched: from chunk to watcher, p50', { atMost: 20 }),
  absolute('output of 200 tasks, watched: from chunk to watcher, p99', { atMost: 50 }),
  absolute('10000 waits at once: heap', { atMost: 20 }),
  absolute('10000 waits at once: RSS', { atMost: 20 }),
  growing('drain at 100 of a chain of four stages', 'drain at 100', 0.5),
  {
    name: 'drain at 100 of a chain of four stages, to BullMQ',
    value: toBullmq('drain at 100 of a chain of four stages'),
    atLeast: 3,
  },
  { name: '100000 tasks due at once, to BullMQ', value: toBullmq('100000 tasks due at once'), atLeast: 3 },
  absolute('lateness at 200/s, p50', { atMost: 20 }),
  { name: 'lateness at 200/s, p99, to BullMQ', value: toBullmq('lateness at 200/s, p99'), atMost: 0.5 },
  absolute('Redis memory per delayed task beyond its payload', { atMost: 200 }),
  absolute('drain at 100, metrics counted: of the CPU without', { atMost: 102 }),
  absolute('CPU of 100 idle handlers', { atMost: 2 }),
  absolute('Redis commands of 100 idle handlers', { atMost: 100 }),
];

export function ratiosOf(results: Results): Ratio[] {
  return TARGETS.flatMap(({ name, value, atLeast, atMost }) => {
    const measured = value(results);
    if (measured === undefined) return [];
    const bound = atLeast === undefined ? 'at most' : 'at least';
    const target = (atLeast ?? atMost)!;
    const holds = atLeast === undefined ? measured <= target : measured >= target;
    return [{ name: `${name}, ${bound}`, value: significant(measured), target, holds }];
  });
}

/** As Markdown. */
export function ratioTable(ratios: readonly Ratio[]): string {
  const rows = ratios.map(
    ({ name, value, target, holds }) => `| ${name} | ${target} | ${shown(value)} | ${holds ? 'yes' : '**no**'} |`,
  );
  return ['| ratio | target | measured | holds |', '|---|--:|--:|---|', ...rows].join('\n');
}

function toBare(work: string) {
  return (results: Results) => divide(results.median(work, 'ours'), results.median(work, 'bare'));
}

function toBullmq(work: string) {
  return (results: Results) => divide(results.median(work, 'ours'), results.median(work, 'bullmq'));
}

function growing(work: string, than: string, atLeast: number): Target {
  return {
    name: `${work}, to ${than}`,
    value: (results) => divide(results.median(work, 'ours'), results.median(than, 'ours')),
    atLeast,
  };
}

function absolute(work: string, bound: { atMost: number }): Target {
  return { name: work, value: (results) => results.median(work, 'ours'), ...bound };
}

function divide(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b;
}
