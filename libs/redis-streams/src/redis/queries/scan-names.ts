import type { Redis } from 'ioredis';
import type { NamesPage } from '../../model/ports/queries.js';
import { isStreamName } from '../../wire/stream-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';

/** So many keys one SCAN looks at: less than a millisecond. */
const KEYS_AT_ONCE = 1_000;

/** One step through the keys of a server, or of one master of a cluster after the other. @param from `<which master>:<cursor>` */
export async function scanNames(client: RedisClient, keys: Keys, from = '0:0'): Promise<NamesPage> {
  const [node, cursor] = from.split(':').map(Number) as [number, number];
  const masters = await mastersOf(client);
  const master = masters[node];
  if (!master) return { streams: [], next: undefined, scanned: 0 };
  const match = `${escaped(keys.stream(''))}*`;
  const [next, found] = await master.scan(cursor, 'MATCH', match, 'COUNT', KEYS_AT_ONCE, 'TYPE', 'stream');
  return {
    streams: found.map((key) => keys.nameOf(key)).filter((name) => isStreamName(name)),
    next: next !== '0' ? `${node}:${next}` : node + 1 < masters.length ? `${node + 1}:0` : undefined,
    scanned: KEYS_AT_ONCE,
  };
}

/** In one order, so that the next step finds the same one. */
async function mastersOf(client: RedisClient): Promise<readonly Redis[]> {
  if (!('nodes' in client)) return [client];
  if (client.status === 'wait') await client.connect();
  return client.nodes('master').toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function placeOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

function escaped(prefix: string): string {
  return prefix.replace(/[*?[\]\\^]/g, '\\$&');
}
