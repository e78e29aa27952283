import type { RedisClient } from './redis-client.js';
import type { Script } from './scripts/script.js';

interface Scripts<Reply> {
  evalsha(sha: string, rest: readonly (string | number)[]): Promise<Reply>;
  eval(lua: string, rest: readonly (string | number)[]): Promise<Reply>;
}

/**
 * Runs a script, by its hash; a server that does not know it yet gets all of it. ioredis' own `defineCommand` does the same,
 * but wraps each call in one function more that holds its arguments, which V8 allocates among the old objects: they stay
 * until the next full collection.
 */
export async function runScript<Reply>(
  client: RedisClient,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<Reply> {
  const scripts = client as unknown as Scripts<Reply>;
  // One list, which ioredis unfolds: thousands of arguments would not fit on the stack.
  const rest = [keys.length, ...keys, ...args];
  try {
    return await scripts.evalsha(sha, rest);
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
    return await scripts.eval(lua, rest);
  }
}
