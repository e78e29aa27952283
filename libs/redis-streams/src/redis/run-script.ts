import type { RedisClient } from './redis-client.js';
import type { Script } from './scripts/script.js';

/**
 * Runs a script, by its hash; a server that does not know it yet gets all of it. ioredis' own `defineCommand` does the same,
 * but gives each call a method of its own, which V8 allocates among the old objects: whatever the call refers to then stays
 * until the next full collection.
 */
export async function runScript<Reply>(
  client: RedisClient,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<Reply> {
  try {
    return (await client.evalsha(sha, keys.length, ...keys, ...args)) as Reply;
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
    return (await client.eval(lua, keys.length, ...keys, ...args)) as Reply;
  }
}
