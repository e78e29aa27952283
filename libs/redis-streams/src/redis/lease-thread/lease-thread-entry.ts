import { parentPort, workerData } from 'node:worker_threads';
import { BLOCKED_AFTER, LOOK_AT_BEAT_EVERY } from '../../model/policy/lease-rule.js';
import { LONGEST_TIMER_MS } from '../../timing/longest-timer.js';
import { Connections } from '../connections/connections.js';
import type { LeaseThreadData, WatchedSubscription } from './lease-thread.js';
import { renewAllScript } from './renew-all.js';

/** The thread of `lease-thread.ts`: renews what a subscription owns while the main thread does not count on. */

const { connection, processName, subscriptions, beats } = workerData as LeaseThreadData;
const connections = new Connections({ connection }, `${processName}:lease-thread`);

for (const [index, subscription] of subscriptions.entries()) watch(index, subscription);
// Connected before it is needed: a handler that blocks its process may be the first one.
void connections
  .control()
  .client.ping()
  .catch(() => undefined)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  .finally(() => parentPort?.postMessage('ready'));
parentPort?.once('message', () => {
  connections.close();
  process.exit(0);
});

function watch(index: number, { streamKey, group, consumer, leaseMs, longestBlockMs }: WatchedSubscription): void {
  let lastBeat = Atomics.load(beats, index);
  let lastBeatAt = performance.now();
  let isRenewing = false;
  const lookEveryMs = Math.min(leaseMs * LOOK_AT_BEAT_EVERY, LONGEST_TIMER_MS);
  setInterval(() => {
    const beat = Atomics.load(beats, index);
    const now = performance.now();
    if (beat !== lastBeat) {
      lastBeat = beat;
      lastBeatAt = now;
      return;
    }
    const blockedMs = now - lastBeatAt;
    if (isRenewing || blockedMs < leaseMs * BLOCKED_AFTER || blockedMs > longestBlockMs) return;
    isRenewing = true;
    connections
      .control()
      .run(renewAllScript, [streamKey], [group, consumer])
      // Without Redis nobody else can take the entries either; the next round tries again.
      .catch(() => undefined)
      .finally(() => (isRenewing = false));
  }, lookEveryMs);
}
