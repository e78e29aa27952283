import { inspect } from 'node:util';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { Queries } from '../../model/ports/queries.js';
import type { LeftOut } from './left-out.js';

export interface StreamListOptions {
  /**
   * Whether to look for streams on the server, too: true, or at most how many keys to look at, in steps of a thousand. Default false. A
   * server of many keys takes a second for a million. All streams whose name begins with the `prefix` are found, those of other programs included.
   */
  readonly scan?: boolean | number;
}

/** What `StreamMonitor.streams` tells. */
export interface StreamList {
  /** In the order of their names. */
  readonly streams: readonly string[];
  /** How many keys were looked at, in thousands; 0 without a scan. */
  readonly scannedKeys: number;
  /** Whether all keys were looked at, so that there are no other streams. */
  readonly isComplete: boolean;
}

const MOST_KEYS = 1_000_000;

/** @param known streams that the application knows */
export async function listStreams(
  { scan = false }: StreamListOptions,
  known: readonly string[],
  queries: Queries,
  leftOut: LeftOut,
): Promise<StreamList> {
  const found = new Set(known);
  const scheduled = await leftOut.unless('HGETALL', queries.scheduledStreams());
  for (const stream of scheduled ?? []) found.add(stream);
  if (typeof scan !== 'boolean' && !(Number.isSafeInteger(scan) && scan > 0)) {
    throw new RedisStreamsConfigError(
      `streams(): scan must be true, false or a number of keys above 0, got ${inspect(scan)}.`,
    );
  }
  const most = scan === true ? MOST_KEYS : Number(scan);
  let scannedKeys = 0;
  let from: string | undefined;
  let isComplete = false;
  while (scannedKeys < most && !isComplete) {
    const page = await leftOut.unless('SCAN', queries.names(from));
    if (!page) break;
    for (const stream of page.streams) found.add(stream);
    scannedKeys += page.scanned;
    from = page.next;
    isComplete = from === undefined;
  }
  return { streams: [...found].toSorted(), scannedKeys, isComplete };
}
