import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';

/**
 * A consumer's name carries its lease, `gpu-7:4121:k3x9qa@30000ms`, so that every other worker, of any version and any
 * configuration, judges an entry by the lease that its *owner* keeps. A name without one belongs to a foreign worker.
 */
export function consumerName(leaseMs: number, processName: string): string {
  return `${processName}@${leaseMs}ms`;
}

/** A name of its own for this process: host, pid and a random tail, as pids come again in containers. */
export function uniqueProcessName(): string {
  return `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`;
}

/** Whether it can be the name of a process, as far as its shape tells. */
export function isProcessName(text: string): boolean {
  return /^[^\s@]{1,255}:\d{1,10}:[\da-f]{8}$/.test(text);
}

/** How the lease is read from a name: here and, in the same words, by the sweep script. */
export const LEASE_IN_CONSUMER_NAME = '@(%d+)ms$';

/** Owner of the entries that wait for their retry. It never reads; the name cannot be one of `consumerName`. */
export const RETRY_CONSUMER = 'retry-scheduled';
