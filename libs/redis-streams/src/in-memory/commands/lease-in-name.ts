/** The lease that a consumer's name carries, in milliseconds; undefined for a foreign one. */
export function leaseInName(consumer: string): number | undefined {
  const digits = /@(\d+)ms$/.exec(consumer)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
