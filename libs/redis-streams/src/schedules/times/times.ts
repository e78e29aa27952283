/** When something ticks: instants in epoch milliseconds, each as often as anybody asks the same. */
export interface Times {
  /** The first one after an instant; undefined where there is none any more. */
  nextAfter(ms: number): number | undefined;
}

/** The last tick after one instant and up to another; undefined where there is none between them. */
export function latestTick(times: Times, after: number, upTo: number): number | undefined {
  const ticksBy = (ms: number | undefined): ms is number => ms !== undefined && ms <= upTo;
  let latest = times.nextAfter(after);
  if (!ticksBy(latest)) return undefined;
  const second = times.nextAfter(latest);
  if (!ticksBy(second)) return latest;
  // Many were missed. Bisected, as a tick a second is millions of them in a month: `latest` is a tick, and none comes after `end`.
  latest = second;
  let end = upTo;
  while (end > latest) {
    const middle = Math.floor((latest + end) / 2);
    const next = times.nextAfter(middle);
    if (ticksBy(next)) latest = next;
    else end = middle;
  }
  return latest;
}
