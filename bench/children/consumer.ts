import { loadSystem } from '../systems/load-system.js';
import { clockNs } from '../task.js';
import type { ConsumerOrder, ConsumerReport } from './orders.js';

/** A process that consumes with one system: warms up, holds on until it is told to go, and measures itself. */
const order = JSON.parse(process.argv[2]!) as ConsumerOrder;
const { tasks, warmUp, retryFirst = 0, giveUpFirst = 0, isTimed = false } = order;

let gate: Promise<void> | undefined;
let openGate: () => void = () => undefined;
let refused = 0;
let warmed = 0;
let done = 0;
const latenciesMs: number[] = [];
let startedAt = 0;
let cpuAtStart = process.cpuUsage();

const first = retryFirst + giveUpFirst;
const refusal = first > 0 ? await refusalOf() : undefined;

async function refusalOf(): Promise<Error> {
  const { RetryLaterError, UnrecoverableError } = await import('nestjs-redis-streams');
  return retryFirst > 0 ? new RetryLaterError(3_600_000) : new UnrecoverableError('given up');
}

function onTask(addedAt: string, attempt: number): Promise<void> | undefined {
  if (refused < first) {
    refused++;
    throw refusal!;
  }
  if (warmed < warmUp) {
    if (++warmed < warmUp) return undefined;
    closeGate();
    tell({ is: 'warm' });
    return undefined;
  }
  if (gate) return gate.then(() => measure(addedAt, attempt));
  measure(addedAt, attempt);
  return undefined;
}

function measure(addedAt: string, attempt: number): void {
  if (isTimed) latenciesMs.push((clockNs() - Number(addedAt)) / 1e6);
  if (order.failsOnce && attempt === 1) throw new Error('the first run fails');
  if (++done === tasks) finish();
}

function closeGate(): void {
  gate = new Promise((resolve) => (openGate = resolve));
}

function finish(): void {
  const { user, system } = process.cpuUsage(cpuAtStart);
  tell({
    is: 'done',
    elapsedMs: performance.now() - startedAt,
    cpuMs: (user + system) / 1_000,
    rssBytes: process.memoryUsage.rss(),
    latenciesMs,
  });
  done = 0;
  closeGate();
}

function tell(report: ConsumerReport): void {
  process.send!(report);
}

process.on('message', (message: { idleMs?: number }) => {
  cpuAtStart = process.cpuUsage();
  startedAt = performance.now();
  gate = undefined;
  openGate();
  if (message.idleMs) setTimeout(finish, message.idleMs);
});

const system = await loadSystem(order.system);
await system.consume(
  {
    ...order,
    isEnhanced: order.isEnhanced ?? false,
    tellsAttempts: order.failsOnce ?? false,
    keepsResults: order.keepsResults ?? false,
    hasMetrics: order.hasMetrics ?? false,
    isChain: order.isChain ?? false,
    keepsAll: giveUpFirst > 0,
  },
  onTask,
);
tell({ is: 'ready' });
