/** Several records of the same shape as one: numbers are summed, lists joined, of what is neither the first one's is taken. */
export function together<T extends object>(records: readonly T[]): T {
  const joined: Record<string, unknown> = {};
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) joined[key] = plus(joined[key], value);
  }
  return joined as T;
}

function plus(sum: unknown, value: unknown): unknown {
  if (sum === undefined || value === undefined) return sum ?? value;
  if (typeof sum === 'number') return sum + (value as number);
  if (Array.isArray(sum)) return [...sum, ...(value as unknown[])] as unknown[];
  if (typeof sum === 'object' && sum !== null) return together([sum, value as object]);
  return sum;
}
