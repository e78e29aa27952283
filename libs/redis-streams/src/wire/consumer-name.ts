import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { SHORTEST_LEASE_MS } from '../model/policy/lease-rule.js';

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

/** How the lease is read from a name by scripts, in the same words as below. */
export const LEASE_IN_CONSUMER_NAME = '@(%d+)ms$';

/**
 * The lease that a consumer's name carries, in milliseconds; undefined for a consumer that is not ours, even where its name looks
 * like one but has a lease that is shorter or longer than any of ours.
 */
export function leaseInName(consumer: string): number | undefined {
  const lease = Number(/@(\d+)ms$/.exec(consumer)?.[1]);
  return lease >= SHORTEST_LEASE_MS && lease <= Number.MAX_SAFE_INTEGER ? lease : undefined;
}

/** Where a worker runs; both undefined for a foreign one. */
export function processInConsumerName(consumer: string): { host: string | undefined; pid: number | undefined } {
  const [, host, pid] = /^(.+):(\d{1,10}):[\da-f]{8}@\d+ms$/.exec(consumer) ?? [];
  return { host, pid: pid === undefined ? undefined : Number(pid) };
}

/** Owner of the entries that wait for their retry. It never reads; the name cannot be one of `consumerName`. */
export const RETRY_CONSUMER = 'retry-scheduled';
