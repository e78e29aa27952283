import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { BEAT_EVERY } from '../../model/policy/lease-rule.js';
import { Periodic } from '../../timing/periodic.js';
import { LONGEST_TIMER_MS } from '../../timing/longest-timer.js';
import type { LeaseKeeping } from '../../model/ports/broker.js';
import type { ConnectionOptions } from '../../options/options.js';

/** A subscription whose leases the thread keeps while the main thread is blocked. */
export interface WatchedSubscription {
  readonly streamKey: string;
  readonly group: string;
  readonly consumer: string;
  readonly leaseMs: number;
  /** A main thread that has been blocked for longer is not coming back: others may have its entries. */
  readonly longestBlockMs: number;
}

export interface LeaseThreadData {
  readonly connection: ConnectionOptions;
  readonly processName: string;
  readonly subscriptions: readonly WatchedSubscription[];
  /** One counter per subscription, in memory that both threads see; the main thread counts on while it lives. */
  readonly beats: Int32Array;
}

/**
 * Keeps leases from a thread of its own, with a connection of its own, while a CPU-bound handler blocks the event loop and
 * with it the renewals. While the main thread is well the thread only watches a counter, so that it costs nothing.
 */
export class LeaseThread implements LeaseKeeping {
  readonly ready: Promise<void>;
  private readonly worker: Worker;
  private readonly beats: readonly Periodic[];

  /** @throws RedisStreamsConfigError when the connection cannot be handed to a thread */
  constructor(data: Omit<LeaseThreadData, 'beats'>, onEnd: (error: Error) => void) {
    const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * data.subscriptions.length));
    const entry = new URL(`./lease-thread-entry${extname(import.meta.url)}`, import.meta.url);
    try {
      this.worker = new Worker(entry, { workerData: { ...data, beats } satisfies LeaseThreadData });
    } catch (cause) {
      throw new RedisStreamsConfigError(
        'leaseThread needs a connection that can be handed to a thread: a URL, or options without functions. ' +
          'Give the connection so, or take leaseThread out.',
        { cause },
      );
    }
    this.worker.once('error', onEnd);
    this.ready = new Promise((resolve) => {
      this.worker.once('message', () => resolve());
      this.worker.once('exit', () => resolve());
    });
    this.worker.unref();
    this.beats = data.subscriptions.map(({ leaseMs }, index) => {
      // More often than the thread looks, also where the lease is longer than a timer can be.
      const beatEveryMs = Math.min(leaseMs * BEAT_EVERY, LONGEST_TIMER_MS / 2);
      return new Periodic(
        () => beatEveryMs,
        () => void Atomics.add(beats, index, 1),
      );
    });
    for (const beat of this.beats) beat.start();
  }

  stop(): void {
    for (const beat of this.beats) beat.stop();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.worker.postMessage('stop');
  }
}
