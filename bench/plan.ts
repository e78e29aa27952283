import type { Measurement } from './measurement.js';
import { drain, drainEnhanced, drainWithMetrics, drainWithResults } from './works/drain.js';
import { backlogOf, besideRetries, besidePending, handlers, idleHandlers } from './works/growth.js';
import { latency } from './works/latency.js';
import { produceDelayed, produceInBulk, produceKeyed, produceOneByOne } from './works/produce.js';
import { chain } from './works/planning/chain.js';
import { delayedMemory } from './works/planning/delayed-memory.js';
import { lateness } from './works/planning/lateness.js';
import { promotion } from './works/planning/promotion.js';
import { redrive } from './works/operating/redrive.js';
import { queuedMemory, queuedMemoryOfMixed } from './works/queued-memory.js';
import { retries } from './works/retries.js';
import { addAndWait } from './works/tasks/add-and-wait.js';
import { output } from './works/tasks/output.js';
import { progress } from './works/tasks/progress.js';
import { taskMemory } from './works/tasks/task-memory.js';
import { waits } from './works/tasks/waits.js';

/** About a minute: adding, draining at 100, latency and costs, results and output, with fewer tasks. */
export const QUICK: readonly Measurement[] = [
  produceOneByOne(20_000),
  produceInBulk(20_000),
  produceKeyed(20_000),
  produceDelayed(20_000),
  drain(40_000, 100),
  latency(200, 1, 5_000),
  latency(2_000, 1, 5_000),
  addAndWait(5_000),
  output({ seconds: 1 }),
  chain(10_000),
  promotion(20_000, 5_000),
  lateness(200, 3, 5_000),
];

/** Everything, in about half an hour. */
export const FULL: readonly Measurement[] = [
  produceOneByOne(200_000),
  produceInBulk(200_000),
  produceKeyed(200_000),
  produceDelayed(200_000),
  drain(200_000, 1),
  drain(200_000, 10),
  drain(200_000, 100),
  drainEnhanced(200_000),
  drain(200_000, 1_000),
  latency(200, 5),
  latency(2_000, 6),
  queuedMemory(100_000),
  queuedMemoryOfMixed(100_000),
  backlogOf(10_000, 200_000),
  backlogOf(1_000_000, 200_000),
  backlogOf(5_000_000, 200_000),
  besideRetries(100_000, 200_000),
  besidePending(100_000, 200_000),
  handlers(1, 200_000),
  handlers(10, 200_000),
  handlers(100, 200_000),
  idleHandlers(100),
  retries(100_000),
  addAndWait(50_000),
  drainWithResults(200_000),
  drainWithMetrics(200_000, 5),
  output({ seconds: 8, isDropped: true }),
  output({ seconds: 8 }),
  output({ seconds: 8, isWatched: true }),
  waits(10_000),
  progress(4),
  ...taskMemory(20_000),
  chain(50_000),
  promotion(100_000, 15_000),
  lateness(200, 10),
  delayedMemory(100_000),
  redrive(100_000),
];
