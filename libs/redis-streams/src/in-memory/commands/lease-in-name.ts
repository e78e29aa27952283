import { SHORTEST_LEASE_MS } from '../../model/policy/lease-rule.js';

/**
 * The lease that a consumer's name carries, in milliseconds; undefined for a consumer that is not ours, even where its name looks
 * like one but has a lease that is shorter or longer than any of ours.
 */
export function leaseInName(consumer: string): number | undefined {
  const lease = Number(/@(\d+)ms$/.exec(consumer)?.[1]);
  return lease >= SHORTEST_LEASE_MS && lease <= Number.MAX_SAFE_INTEGER ? lease : undefined;
}
