/** Where `isExact` is false there are more. */
export interface Count {
  readonly count: number;
  readonly isExact: boolean;
}

export function count({ count: number, isExact }: Count): string {
  return isExact ? String(number) : `at least ${number}`;
}

/** `, the oldest for 42 s` */
export function since(ms: number): string {
  return `, the oldest for ${duration(ms)}`;
}

/** `in 42 s` */
export function inTime(ms: number): string {
  return `in ${duration(ms)}`;
}

const UNITS: readonly [unit: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** In one unit, of which there are at least two: `90 s`, `17 min`, `12 d`. */
export function duration(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, each]) => ms >= 2 * each) ?? ['ms', 1];
  return `${Math.round(Math.max(0, ms) / unitMs)} ${unit}`;
}
