import { Command } from 'ioredis';
import type { RedisClient } from '../connections/redis-client.js';
import type { Script } from './script.js';

/**
 * How often a call was written to a socket: more than once when ioredis sent it again after its connection broke, or a
 * cluster's node sent it on to another. Whether it ran more than once, nobody can tell.
 */
export interface Writes {
  /** Of the call that was answered. */
  count: number;
  /** Those included that a server did not know the script of, and ran nothing. */
  total: number;
}

/** Runs a script, over whatever connection there is for it. */
export type RunScript = <Reply>(
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<Reply>;

/**
 * Runs a script, by its hash; a server that does not know it yet gets all of it. Not by ioredis' own `defineCommand`: see "What V8
 * keeps" in docs/performance.md.
 *
 * @param writes counts how often it is sent
 */
// oxlint-disable-next-line eslint/max-params -- only who counts writes gives the fifth
export async function runScript<Reply>(
  client: RedisClient,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
  writes?: Writes,
): Promise<Reply> {
  try {
    return await send<Reply>(client, 'evalsha', [sha, keys.length, ...keys, ...args], writes);
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
    if (writes) writes.count = 0;
    return await send<Reply>(client, 'eval', [lua, keys.length, ...keys, ...args], writes);
  }
}

function send<Reply>(
  client: RedisClient,
  name: string,
  args: (string | number)[],
  writes: Writes | undefined,
): Promise<Reply> {
  return client.sendCommand(new ScriptCommand(name, args, writes)) as Promise<Reply>;
}

class ScriptCommand extends Command {
  constructor(
    name: string,
    args: (string | number)[],
    private readonly writes: Writes | undefined,
  ) {
    super(name, args, { replyEncoding: 'utf8' });
  }

  override toWritable(socket: object): string | Buffer {
    if (this.writes) {
      this.writes.count++;
      this.writes.total++;
    }
    return super.toWritable(socket);
  }
}
