import { isStreamName } from '../../wire/stream-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import { anyNode } from '../connections/stream-host.js';
import type { Keys } from '../keys.js';
import type { QueryConnection } from './query-connection.js';

const KEYS_AT_ONCE = 1_000;

/**
 * Looks at every key for those that are streams, of our prefix, and none of the library's own: a command for each thousand keys, of each
 * master, so that nobody is held up. What is added or goes meanwhile may be missing, or told.
 */
export async function streamNames(connection: Pick<QueryConnection, 'ask'>, keys: Keys): Promise<string[]> {
  const pattern = `${asLiteral(keys.stream(''))}*`;
  const found = new Set<string>();
  const nodes = await connection.ask(nodeCount);
  for (let n = 0; n < nodes; n++) {
    let cursor = '0';
    do {
      const [next, page] = await connection.ask((client) => scan(client, n, cursor, pattern));
      for (const name of page.map((key) => keys.nameOf(key))) if (isStreamName(name)) found.add(name);
      cursor = next;
    } while (cursor !== '0');
  }
  return [...found];
}

async function nodeCount(client: RedisClient): Promise<number> {
  if (!('nodes' in client)) return 1;
  // Opens it, and asks for its map.
  await anyNode(client);
  return client.nodes('master').length;
}

function scan(client: RedisClient, n: number, cursor: string, pattern: string): Promise<[string, string[]]> {
  const node = 'nodes' in client ? client.nodes('master')[n] : client;
  // A master that has gone meanwhile has nothing to tell.
  return node?.scan(cursor, 'MATCH', pattern, 'COUNT', KEYS_AT_ONCE, 'TYPE', 'stream') ?? Promise.resolve(['0', []]);
}

/** In a pattern, these stand for others. */
function asLiteral(text: string): string {
  return text.replaceAll(/[*?[\]\\^]/g, String.raw`\$&`);
}
